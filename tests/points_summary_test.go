package tests

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

// sample is one value and when it was measured.
type sample struct {
	timestamp int64
	value     float64
}

// summed are the samples of one group and bucket, in ascending order of time.
type summed struct {
	group  seriesName
	bucket int64
	summary

	samples []sample
}

// grouping says what samples are summed up by.
type grouping struct {
	source, metric bool
	tags           []string
	// bucket of 0 is one span for all.
	bucket time.Duration
}

func (g grouping) of(name seriesName) seriesName {
	var group seriesName
	if g.source {
		group.source = name.source
	}
	if g.metric {
		group.metric = name.metric
	}
	values := map[string]string{}
	for _, tag := range g.tags {
		values[tag] = name.tag(tag)
	}
	group.tags = tagText(values)
	return group
}

func (g grouping) bucketOf(timestamp int64) int64 {
	if g.bucket == 0 {
		return 0
	}
	return timestamp - timestamp%int64(g.bucket)
}

// sumUp returns the groups and buckets that have samples, in ascending order.
func (s stored) sumUp(x selection, of func(seriesName) seriesName, bucketOf func(int64) int64) []summed {
	type key struct {
		group  seriesName
		bucket int64
	}
	rows := map[key][]sample{}
	for name, series := range s.selected(x) {
		for timestamp, value := range series {
			k := key{of(name), bucketOf(timestamp)}
			rows[k] = append(rows[k], sample{timestamp, value})
		}
	}
	keys := slices.SortedFunc(maps.Keys(rows), func(a, b key) int {
		return cmp.Or(a.group.compare(b.group), cmp.Compare(a.bucket, b.bucket))
	})
	all := make([]summed, len(keys))
	for i, k := range keys {
		all[i] = sumOf(k.group, k.bucket, rows[k])
	}
	return all
}

func sumOf(group seriesName, bucket int64, samples []sample) summed {
	slices.SortFunc(samples, func(a, b sample) int { return cmp.Compare(a.timestamp, b.timestamp) })
	values := make([]float64, len(samples))
	for i := range samples {
		values[i] = samples[i].value
	}
	return summed{group: group, bucket: bucket, summary: summarise(values), samples: samples}
}

func (r *summed) first() sample { return r.samples[0] }

func (r *summed) last() sample { return r.samples[len(r.samples)-1] }

// rate in samples a second.
func (r *summed) rate(bucket time.Duration) float64 {
	if bucket != 0 {
		return float64(r.count) / bucket.Seconds()
	}
	span := time.Duration(r.last().timestamp - r.first().timestamp)
	if span == 0 {
		return 0
	}
	return float64(r.count-1) / span.Seconds()
}

// requireStatistics asks for statistics and compares.
func (p pointsPeer) requireStatistics(ctx context.Context, t tester, want stored, x selection, g grouping) {
	t.Helper()
	got, err := p.points.GetStatistics(ctx, &collectorv1.GetStatisticsRequest{
		Matchers: x.matchers, StartTime: x.start, EndTime: x.end,
		BySource: g.source, ByMetric: g.metric, ByTags: g.tags, BucketDuration: int64(g.bucket),
	})
	require.NoError(t, err)
	rows := want.sumUp(x, g.of, g.bucketOf)
	require.Len(t, got.GetStatistics(), len(rows), "rows of statistics by %+v", g)
	for i, row := range got.GetStatistics() {
		requireStatisticsRow(t, &rows[i], row, g.bucket)
	}
}

func requireStatisticsRow(t tester, want *summed, got *collectorv1.Statistics, bucket time.Duration) {
	t.Helper()
	require.Equal(t, want.group, seriesName{got.GetSource(), got.GetMetric(), tagText(got.GetTags())})
	require.Equal(t, want.bucket, got.GetBucketStart())
	require.Equal(t, want.count, got.GetCount())
	require.Equal(t, want.first().timestamp, got.GetFirstTimestamp())
	require.Equal(t, want.last().timestamp, got.GetLastTimestamp())
	requireNear(t, want.min, got.GetMin(), "min")
	requireNear(t, want.max, got.GetMax(), "max")
	requireNear(t, want.mean, got.GetMean(), "mean")
	requireNear(t, want.deviation, got.GetStandardDeviation(), "standard deviation")
	requireNear(t, want.percentile(50), got.GetP50(), "p50")
	requireNear(t, want.percentile(90), got.GetP90(), "p90")
	requireNear(t, want.percentile(95), got.GetP95(), "p95")
	requireNear(t, want.percentile(99), got.GetP99(), "p99")
	requireNear(t, want.rate(bucket), got.GetRate(), "rate")
}

// requireBuckets queries buckets of the single series and compares.
func (p pointsPeer) requireBuckets(ctx context.Context, t tester, want stored, x selection, bucket time.Duration) {
	t.Helper()
	request := x.request()
	request.BucketDuration = int64(bucket)
	var got []summed
	var told []*collectorv1.SampleBucket
	err := p.queryParts(ctx, request, func(names map[int64]seriesName, part *collectorv1.QueryDataPointsResponse) error {
		for _, b := range part.GetBuckets() {
			got = append(got, summed{group: names[b.GetSeriesId()], bucket: b.GetStartTime()})
			told = append(told, b)
		}
		return nil
	})
	require.NoError(t, err)
	require.True(t, slices.IsSortedFunc(told, func(a, b *collectorv1.SampleBucket) int {
		return cmp.Or(cmp.Compare(a.GetStartTime(), b.GetStartTime()), cmp.Compare(a.GetSeriesId(), b.GetSeriesId()))
	}), "buckets in ascending order")
	rows := want.sumUp(x, func(name seriesName) seriesName { return name }, grouping{bucket: bucket}.bucketOf)
	require.Len(t, got, len(rows), "buckets")
	for i := range got {
		place := slices.IndexFunc(rows, func(r summed) bool { return r.group == got[i].group && r.bucket == got[i].bucket })
		require.NotEqual(t, -1, place, "an unknown bucket: %v", told[i])
		requireBucket(t, &rows[place], told[i])
	}
}

func requireBucket(t tester, want *summed, got *collectorv1.SampleBucket) {
	t.Helper()
	require.Equal(t, want.count, got.GetCount())
	requireNear(t, want.min, got.GetMin(), "min")
	requireNear(t, want.max, got.GetMax(), "max")
	requireNear(t, want.mean, got.GetMean(), "mean")
	requireNear(t, want.first().value, got.GetFirst(), "first")
	requireNear(t, want.last().value, got.GetLast(), "last")
}

// requireSeries lists series page by page and compares.
func (p pointsPeer) requireSeries(ctx context.Context, t tester, want stored, x selection) {
	t.Helper()
	rows := want.sumUp(x, func(name seriesName) seriesName { return name }, grouping{}.bucketOf)
	listed := map[seriesName]*collectorv1.SeriesSummary{}
	request := &collectorv1.ListSeriesRequest{Matchers: x.matchers, PageSize: 7}
	for range len(rows) + 1 {
		page, err := p.points.ListSeries(ctx, request)
		require.NoError(t, err)
		for _, summary := range page.GetSeries() {
			listed[nameOf(summary.GetSeries())] = summary
		}
		if request.Cursor = page.GetNextCursor(); request.GetCursor() == "" {
			break
		}
	}
	require.Empty(t, request.GetCursor(), "the list of series does not end")
	require.Len(t, listed, len(rows), "series")
	for i := range rows {
		got := listed[rows[i].group]
		require.NotNil(t, got, "%v is not listed", rows[i].group)
		require.Equal(t, rows[i].count, got.GetSampleCount())
		require.Equal(t, rows[i].first().timestamp, got.GetFirstTimestamp())
		require.Equal(t, rows[i].last().timestamp, got.GetLastTimestamp())
	}
}

func TestPercentilesOfTheReference(t *testing.T) {
	s := summarise([]float64{40, 10, 30, 20})
	require.InDelta(t, 25, s.percentile(50), 1e-12)
	require.InDelta(t, 37, s.percentile(90), 1e-12)
	require.InDelta(t, 25, s.mean, 1e-12)
	require.InDelta(t, 11.180339887498949, s.deviation, 1e-12)
}
