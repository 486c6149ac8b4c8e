package storetest

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// always is a span that has every sample.
const (
	always  = math.MinInt64
	forever = math.MaxInt64
)

// fixture is a store under test.
type fixture struct {
	core.Store

	t      *testing.T
	dir    string
	opener Open
	// position of the last batch.
	position journal.Position
}

func (f *fixture) open() {
	f.t.Helper()
	f.Store = f.opener(f.t, f.dir)
}

func (f *fixture) close() {
	if f.Store == nil {
		return
	}
	require.NoError(f.t, f.Store.Close())
	f.Store = nil
}

// reopen closes the store and opens it again.
func (f *fixture) reopen() {
	f.t.Helper()
	f.close()
	f.open()
}

// point is one sample.
type point struct {
	series core.SeriesID
	ts     int64
	value  float64
}

func columns(points []point) core.Samples {
	var s core.Samples
	for _, p := range points {
		s.Series = append(s.Series, p.series)
		s.Timestamps = append(s.Timestamps, p.ts)
		s.Values = append(s.Values, p.value)
	}
	return s
}

func pointsOf(s core.Samples) []point {
	points := make([]point, s.Len())
	for i := range points {
		points[i] = point{series: s.Series[i], ts: s.Timestamps[i], value: s.Values[i]}
	}
	return points
}

// apply applies a batch, which begins the series of its points that are listed.
func (f *fixture) apply(begin []core.SeriesID, late []int, points ...point) {
	f.t.Helper()
	f.position += 100
	batch := &core.Batch{Position: f.position, Samples: columns(points), Late: late}
	for _, id := range begin {
		batch.Series = append(batch.Series, seriesNumber(id))
	}
	require.NoError(f.t, f.Apply(f.t.Context(), batch))
}

func seriesNumber(id core.SeriesID) core.Series {
	return core.Series{ID: id, Tenant: "acme", Source: fmt.Sprintf("source-%d", id), Metric: "temperature"}
}

// all reads every sample of some series, in small pages.
func (f *fixture) all(ids ...core.SeriesID) []point {
	f.t.Helper()
	return f.pages(core.Range{Series: ids, Start: always, End: forever}, 3)
}

func (f *fixture) pages(q core.Range, limit int) []point {
	f.t.Helper()
	points := []point{}
	var after *core.SampleKey
	for {
		page, err := f.ReadSamples(f.t.Context(), q, after, limit)
		require.NoError(f.t, err)
		require.LessOrEqual(f.t, page.Len(), limit)
		points = append(points, pointsOf(page)...)
		if page.Len() < limit {
			return points
		}
		last := points[len(points)-1]
		after = &core.SampleKey{Time: last.ts, Series: last.series}
	}
}

func (f *fixture) positionNow() journal.Position {
	f.t.Helper()
	position, err := f.Position(f.t.Context())
	require.NoError(f.t, err)
	return position
}

// listed are the series, and the timestamps of their last samples.
func (f *fixture) listed() ([]core.Series, []int64) {
	f.t.Helper()
	var series []core.Series
	var lasts []int64
	require.NoError(f.t, f.EachSeries(f.t.Context(), func(s core.Series, last int64) error {
		series, lasts = append(series, s), append(lasts, last)
		return nil
	}))
	return series, lasts
}

func numbered(ids ...core.SeriesID) []core.Series {
	var series []core.Series
	for _, id := range ids {
		series = append(series, seriesNumber(id))
	}
	return series
}
