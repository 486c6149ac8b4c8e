package core_test

import (
	"context"
	"slices"
	"time"

	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/query"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// seriesList is an index of all series of all tenants, for queries without
// matchers.
type seriesList []core.Series

func (l seriesList) Select(tenant string, _ []core.Matcher) []core.SeriesID {
	var ids []core.SeriesID
	for _, s := range l {
		if s.Tenant == tenant {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

func (l seriesList) Series(id core.SeriesID) (core.Series, bool) {
	i := slices.IndexFunc(l, func(s core.Series) bool { return s.ID == id })
	if i < 0 {
		return core.Series{}, false
	}
	return l[i], true
}

// waiter is an apply.Waiter.
type waiter func(ctx context.Context, key producer.Key, sequence int64) error

func (w waiter) WaitApplied(ctx context.Context, key producer.Key, sequence int64) error {
	return w(ctx, key, sequence)
}

// answers is a store that answers every query with the same.
type answers struct {
	core.Store

	err        error
	samples    core.Samples
	buckets    []core.Bucket
	statistics []core.StatisticsRow
	extents    []core.Extent
}

func (a *answers) ReadSamples(context.Context, core.Range, *core.SampleKey, int) (core.Samples, error) {
	return a.samples, a.err
}

func (a *answers) ReadBuckets(context.Context, core.Range, time.Duration, *core.SampleKey, int) ([]core.Bucket, error) {
	return a.buckets, a.err
}

func (a *answers) Statistics(context.Context, core.GroupedRange, time.Duration, int) ([]core.StatisticsRow, error) {
	return a.statistics, a.err
}

func (a *answers) Extents(context.Context, []core.SeriesID) ([]core.Extent, error) {
	return a.extents, a.err
}

// everything selects all samples of a tenant.
func everything(tenant string) core.Selection {
	return core.Selection{Tenant: tenant, Start: query.FromFirst, End: query.ToLast}
}

// sink keeps what it is handed.
type sink struct {
	defined []core.SeriesID
	samples core.Samples
	buckets []core.Bucket
	err     error
}

func (s *sink) Define(series core.Series) error {
	s.defined = append(s.defined, series.ID)
	return nil
}

func (s *sink) Sample(key core.SampleKey, value float64) error {
	s.samples.Series = append(s.samples.Series, key.Series)
	s.samples.Timestamps = append(s.samples.Timestamps, key.Time)
	s.samples.Values = append(s.samples.Values, value)
	return s.err
}

func (s *sink) Bucket(b *core.Bucket) error {
	s.buckets = append(s.buckets, *b)
	return s.err
}
