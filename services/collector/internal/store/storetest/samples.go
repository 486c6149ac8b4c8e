package storetest

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

var sampleContracts = []contract{
	{"Nothing_selected_is_nothing_read", nothingSelected},
	{"A_span_has_its_start_and_not_its_end", spanOfSamples},
	{"Pages_of_any_size_give_the_same_samples", pagesOfAnySize},
	{"Samples_of_one_moment_are_paged_by_series", oneMomentIsPaged},
	{"Pages_go_on_across_long_gaps", pagesAcrossGaps},
}

func nothingSelected(t *testing.T, f *fixture) {
	f.apply([]core.SeriesID{1}, nil, point{1, 10, 1})
	for _, q := range []core.Range{
		{Start: always, End: forever},
		{Series: []core.SeriesID{2}, Start: always, End: forever},
		{Series: []core.SeriesID{1}, Start: 10, End: 10},
		{Series: []core.SeriesID{1}, Start: 20, End: 10},
		{Series: []core.SeriesID{1}, Start: math.MinInt64, End: math.MinInt64},
		{Series: []core.SeriesID{1}, Start: forever, End: forever},
	} {
		samples, err := f.ReadSamples(t.Context(), q, nil, 10)
		require.NoError(t, err)
		require.Zero(t, samples.Len(), "%+v", q)
		buckets, err := f.ReadBuckets(t.Context(), q, 7, nil, 10)
		require.NoError(t, err)
		require.Empty(t, buckets, "%+v", q)
		rows, err := f.Statistics(t.Context(), core.GroupedRange{Range: q, Groups: make([]int32, len(q.Series))}, 7, 10)
		require.NoError(t, err)
		require.Empty(t, rows, "%+v", q)
	}
}

func spanOfSamples(t *testing.T, f *fixture) {
	f.apply([]core.SeriesID{1}, nil, point{1, 10, 1}, point{1, 20, 2}, point{1, 30, 3})
	got := f.pages(core.Range{Series: []core.SeriesID{1}, Start: 10, End: 30}, 10)
	require.Equal(t, []point{{1, 10, 1}, {1, 20, 2}}, got)
	after, err := f.ReadSamples(t.Context(), core.Range{Series: []core.SeriesID{1}, Start: 20, End: 31},
		&core.SampleKey{Time: 5, Series: 9}, 10)
	require.NoError(t, err)
	require.Equal(t, []point{{1, 20, 2}, {1, 30, 3}}, pointsOf(after))
}

// randomOf is a source of numbers that are the same in every run.
func randomOf(seed uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // a test is to be repeatable
}

// randomPoints makes points in a random order of arrival, with gaps and runs,
// on either side of 1970.
func randomPoints(random *rand.Rand, count int) []point {
	seen := map[core.SampleKey]bool{}
	points := make([]point, 0, count)
	for len(points) < count {
		p := point{series: core.SeriesID(1 + random.IntN(40)), value: math.Round(random.NormFloat64()*1000) / 10}
		p.ts = random.Int64N(500) - 250
		if random.IntN(4) == 0 {
			p.ts *= 1_000_000_000_000
		}
		if key := (core.SampleKey{Time: p.ts, Series: p.series}); !seen[key] {
			seen[key] = true
			points = append(points, p)
		}
	}
	return points
}

// fill applies points in batches, all of them as late ones.
func (f *fixture) fill(points []point, size int) {
	f.t.Helper()
	for batch := range slices.Chunk(points, size) {
		late := make([]int, len(batch))
		for i := range late {
			late[i] = i
		}
		f.apply(nil, late, batch...)
	}
}

// selected are the points of a range in the order of an answer.
func selected(points []point, q core.Range) []point {
	picked := []point{}
	for _, p := range points {
		before := p.ts < q.End || q.End == math.MaxInt64
		if p.ts >= q.Start && before && slices.Contains(q.Series, p.series) {
			picked = append(picked, p)
		}
	}
	slices.SortFunc(picked, func(a, b point) int {
		return cmp.Or(cmp.Compare(a.ts, b.ts), cmp.Compare(a.series, b.series))
	})
	return picked
}

// randomRange selects some of the series of randomPoints in some span.
func randomRange(random *rand.Rand) core.Range {
	q := core.Range{Start: always, End: forever}
	first := random.IntN(40)
	for id := first; id < 42; id++ {
		if random.IntN(3) > 0 || first%2 == 0 {
			q.Series = append(q.Series, core.SeriesID(id))
		}
	}
	if len(q.Series) == 0 {
		q.Series = []core.SeriesID{3}
	}
	if random.IntN(2) == 0 {
		q.Start = random.Int64N(500) - 250
	}
	if random.IntN(2) == 0 {
		q.End = random.Int64N(500) - 250
	}
	return q
}

func pagesOfAnySize(t *testing.T, f *fixture) {
	random := randomOf(1)
	points := randomPoints(random, 4_000)
	f.fill(points, 1_000)
	for i := range 40 {
		q := randomRange(random)
		limit := 1 + random.IntN(3_000)
		if i%5 == 0 {
			limit = 20_000
		}
		require.Equal(t, selected(points, q), f.pages(q, max(limit, 40)), "%+v %d", q, limit)
	}
}

func oneMomentIsPaged(t *testing.T, f *fixture) {
	var points []point
	for id := core.SeriesID(1); id <= 100; id++ {
		points = append(points, point{id, 5, float64(id)})
	}
	points = append(points, point{1, 6, 0})
	f.apply(nil, nil, points...)
	ids := make([]core.SeriesID, 100)
	for i := range ids {
		ids[i] = core.SeriesID(i + 1)
	}
	require.Equal(t, points, f.all(ids...))
}

func pagesAcrossGaps(t *testing.T, f *fixture) {
	points := []point{{1, math.MinInt64, 0}, {2, math.MinInt64, 0}}
	for shift := 62; shift >= 0; shift -= 2 {
		points = append(points, point{1, -1 << shift, 0}, point{2, -1 << shift, 0})
	}
	for shift := range 63 {
		points = append(points, point{1, 1 << shift, 0})
	}
	points = append(points, point{2, math.MaxInt64, 0})
	f.apply(nil, nil, points...)
	for _, limit := range []int{1, 2, 3, 50} {
		require.Equal(t, points, f.pages(core.Range{Series: []core.SeriesID{1, 2}, Start: always, End: forever}, limit))
	}
}
