package storetest

import (
	"cmp"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

var bucketContracts = []contract{
	{"Buckets_begin_at_multiples_on_both_sides_of_1970", bucketsBeginAtMultiples},
	{"Pages_of_buckets_give_the_same_buckets", pagesOfBuckets},
	{"Buckets_at_the_edges_of_time_are_whole", bucketsAtTheEdges},
	{"Means_of_huge_values_are_numbers", meansOfHugeValues},
}

func bucketsBeginAtMultiples(t *testing.T, f *fixture) {
	f.apply(nil, nil, point{1, -11, 1}, point{1, -10, 2}, point{1, -1, 6}, point{1, 0, 3}, point{2, 9, 4}, point{1, 10, 5})
	got, err := f.ReadBuckets(t.Context(), core.Range{Series: []core.SeriesID{1, 2}, Start: always, End: forever}, 10, nil, 9)
	require.NoError(t, err)
	require.Equal(t, []core.Bucket{
		{SampleKey: core.SampleKey{Time: -20, Series: 1}, Count: 1, Min: 1, Max: 1, Mean: 1, First: 1, Last: 1},
		{SampleKey: core.SampleKey{Time: -10, Series: 1}, Count: 2, Min: 2, Max: 6, Mean: 4, First: 2, Last: 6},
		{SampleKey: core.SampleKey{Time: 0, Series: 1}, Count: 1, Min: 3, Max: 3, Mean: 3, First: 3, Last: 3},
		{SampleKey: core.SampleKey{Time: 0, Series: 2}, Count: 1, Min: 4, Max: 4, Mean: 4, First: 4, Last: 4},
		{SampleKey: core.SampleKey{Time: 10, Series: 1}, Count: 1, Min: 5, Max: 5, Mean: 5, First: 5, Last: 5},
	}, got)
}

func floor(ts int64, bucket time.Duration) int64 {
	start := ts / int64(bucket) * int64(bucket)
	if start > ts {
		start -= int64(bucket)
	}
	return start
}

func summedUp(points []point, q core.Range, bucket time.Duration) []core.Bucket {
	byKey := map[core.SampleKey]*core.Bucket{}
	for _, p := range selected(points, q) {
		key := core.SampleKey{Time: floor(p.ts, bucket), Series: p.series}
		b := byKey[key]
		if b == nil {
			b = &core.Bucket{SampleKey: key, Min: p.value, Max: p.value, First: p.value}
			byKey[key] = b
		}
		b.Mean = (b.Mean*float64(b.Count) + p.value) / float64(b.Count+1)
		b.Count++
		b.Min, b.Max, b.Last = min(b.Min, p.value), max(b.Max, p.value), p.value
	}
	buckets := []core.Bucket{}
	for _, b := range byKey {
		buckets = append(buckets, *b)
	}
	slices.SortFunc(buckets, func(a, b core.Bucket) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Series, b.Series))
	})
	return buckets
}

func (f *fixture) bucketPages(q core.Range, bucket time.Duration, limit int) []core.Bucket {
	f.t.Helper()
	buckets := []core.Bucket{}
	var after *core.SampleKey
	for {
		page, err := f.ReadBuckets(f.t.Context(), q, bucket, after, limit)
		require.NoError(f.t, err)
		buckets = append(buckets, page...)
		if len(page) < limit {
			return buckets
		}
		after = &page[len(page)-1].SampleKey
	}
}

func pagesOfBuckets(t *testing.T, f *fixture) {
	random := randomOf(3)
	points := randomPoints(random, 4_000)
	f.fill(points, 1_000)
	for range 40 {
		q := randomRange(random)
		bucket := time.Duration(1 + random.Int64N(100))
		if random.IntN(3) == 0 {
			bucket *= 1_000_000_000_000
		}
		want := summedUp(points, q, bucket)
		got := f.bucketPages(q, bucket, 40+random.IntN(1_000))
		require.Len(t, got, len(want))
		for i := range want {
			require.InDelta(t, want[i].Mean, got[i].Mean, 1e-6)
			got[i].Mean = want[i].Mean
			require.Equal(t, want[i], got[i])
		}
	}
}

// A bucket that would begin before the smallest time begins there.
func bucketsAtTheEdges(t *testing.T, f *fixture) {
	f.apply(nil, nil, point{1, math.MinInt64, 1}, point{1, math.MinInt64 + 1, 2}, point{1, math.MaxInt64, 3})
	q := core.Range{Series: []core.SeriesID{1}, Start: always, End: forever}
	for _, bucket := range []time.Duration{1_000_000, 1 << 62, math.MaxInt64} {
		got := f.bucketPages(q, bucket, 1)
		require.NotEmpty(t, got)
		var count int64
		for i, b := range got {
			count += b.Count
			require.True(t, i == 0 || got[i-1].Time < b.Time)
		}
		require.EqualValues(t, 3, count)
		require.InDelta(t, 1, got[0].First, 0)
		require.InDelta(t, 3, got[len(got)-1].Last, 0)
		require.Equal(t, int64(math.MinInt64), got[0].Time, "%d", bucket)
	}
}

func meansOfHugeValues(t *testing.T, f *fixture) {
	f.apply(nil, nil, point{1, 0, 1e308}, point{2, 0, 1}, point{1, 1, 1e308}, point{2, 1, 2}, point{1, 2, 1e308}, point{2, 2, 3})
	got, err := f.ReadBuckets(t.Context(), core.Range{Series: []core.SeriesID{1, 2}, Start: 0, End: 10}, 10, nil, 9)
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.InEpsilon(t, 1e308, got[0].Mean, 1e-12)
	require.InDelta(t, 2, got[1].Mean, 0)
}
