package core_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/query"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// line is a store with one sample, which is a bucket of its own, at each
// nanosecond from 0; they belong to the series in turn.
type line struct {
	core.Store

	length int
}

func (l *line) page(q core.Range, after *core.SampleKey, limit int) []core.SampleKey {
	next := int64(0)
	if after != nil {
		next = after.Time + 1
	}
	var keys []core.SampleKey
	for ; next < int64(l.length) && len(keys) < limit; next++ {
		keys = append(keys, core.SampleKey{Time: next, Series: q.Series[int(next)%len(q.Series)]})
	}
	return keys
}

func (l *line) ReadSamples(_ context.Context, q core.Range, after *core.SampleKey, limit int) (core.Samples, error) {
	var s core.Samples
	for _, key := range l.page(q, after, limit) {
		s.Series, s.Timestamps = append(s.Series, key.Series), append(s.Timestamps, key.Time)
		s.Values = append(s.Values, float64(key.Time))
	}
	return s, nil
}

func (l *line) ReadBuckets(_ context.Context, q core.Range, _ time.Duration, after *core.SampleKey, limit int) ([]core.Bucket, error) {
	var buckets []core.Bucket
	for _, key := range l.page(q, after, limit) {
		buckets = append(buckets, core.Bucket{SampleKey: key, Count: 1})
	}
	return buckets, nil
}

// times are the places in time of what the sink was handed.
func (s *sink) times() []int64 {
	times := slices.Clone(s.samples.Timestamps)
	for _, b := range s.buckets {
		times = append(times, b.Time)
	}
	return times
}

func upTo(n int) []int64 {
	times := make([]int64, n)
	for i := range times {
		times[i] = int64(i)
	}
	return times
}

func TestAnAnswerOfManyPagesIsWhole(t *testing.T) {
	index := seriesList{{ID: 3, Tenant: "acme"}, {ID: 5, Tenant: "acme"}, {ID: 7, Tenant: "acme"}}
	for _, length := range []int{0, 1, 16_383, 16_384, 16_385, 3 * 16_384, 50_000} {
		for _, limit := range []int64{0, 1, 16_384, 16_385, 40_000} {
			for _, bucket := range []time.Duration{0, time.Millisecond} {
				var got sink
				wanted := &core.SamplesQuery{Selection: everything("acme"), Bucket: bucket, Limit: limit}
				require.NoError(t, core.NewQueries(&line{length: length}, index, until(0)).Samples(t.Context(), wanted, &got))
				want := length
				if limit > 0 {
					want = min(length, int(limit))
				}
				require.Equal(t, upTo(want), append([]int64{}, got.times()...), "length %d, limit %d, bucket %v", length, limit, bucket)
				require.Equal(t, []core.SeriesID{3, 5, 7}[:min(want, 3)], append([]core.SeriesID{}, got.defined...), "each once")
			}
		}
	}
}

func TestADeletedSeriesIsLeftOutAndTakesNothingOfTheLimit(t *testing.T) {
	index := emptiedIndex{seriesList{{ID: 3, Tenant: "acme"}, {ID: 5, Tenant: "acme"}}, 5}
	for _, bucket := range []time.Duration{0, time.Millisecond} {
		var got sink
		wanted := &core.SamplesQuery{Selection: everything("acme"), Bucket: bucket, Limit: 20_000}
		require.NoError(t, core.NewQueries(&line{length: 100_000}, index, until(0)).Samples(t.Context(), wanted, &got))
		require.Equal(t, []core.SeriesID{3}, got.defined)
		require.Len(t, got.times(), 20_000)
		require.Equal(t, int64(39_998), got.times()[19_999], "every second one")
	}
}

func TestASinkThatFailsEndsTheQuery(t *testing.T) {
	for _, bucket := range []time.Duration{0, time.Millisecond} {
		got := sink{err: errors.New("the client is gone")}
		wanted := &core.SamplesQuery{Selection: everything("acme"), Bucket: bucket}
		err := core.NewQueries(&line{length: 10}, seriesList{{ID: 1, Tenant: "acme"}}, until(0)).Samples(t.Context(), wanted, &got)
		require.ErrorIs(t, err, got.err)
		require.Len(t, got.times(), 1)
	}
}

func TestAQueryThatCannotBe(t *testing.T) {
	span := func(start, end int64) core.Selection {
		return core.Selection{Tenant: "acme", Start: start, End: end}
	}
	q := core.NewQueries(&line{}, seriesList{}, until(0))
	for _, c := range []struct {
		query core.SamplesQuery
		field string
	}{
		{core.SamplesQuery{Selection: span(5, 5)}, "end_time"},
		{core.SamplesQuery{Selection: span(5, 4)}, "end_time"},
		{core.SamplesQuery{Selection: span(query.FromFirst, query.FromFirst)}, "end_time"},
		{core.SamplesQuery{Selection: span(query.ToLast, query.ToLast)}, "end_time"},
		{core.SamplesQuery{Selection: span(1, 2), Bucket: -1}, "bucket_duration"},
		{core.SamplesQuery{Selection: span(1, 2), Bucket: 999_999}, "bucket_duration"},
		{core.SamplesQuery{Selection: span(1, 2), Limit: -1}, "limit"},
	} {
		err := q.Samples(t.Context(), &c.query, &sink{})
		require.Equal(t, problem.FieldInvalid, problem.ReasonOf(err), "%+v", c.query)
		require.Equal(t, c.field, problem.Of(err).Field, "%+v", c.query)
		if c.query.Limit < 0 {
			continue
		}
		_, err = q.Statistics(t.Context(), &core.StatisticsQuery{Selection: c.query.Selection, Bucket: c.query.Bucket})
		require.Equal(t, c.field, problem.Of(err).Field, "%+v", c.query)
	}
}
