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

var statisticsContracts = []contract{
	{"Statistics_are_those_of_the_selected_samples", statisticsOfSamples},
	{"Statistics_of_huge_values_are_numbers", statisticsOfHugeValues},
	{"Statistics_lose_nothing_far_from_zero", statisticsFarFromZero},
	{"Statistics_stop_at_the_limit", statisticsStopAtTheLimit},
}

type statisticsKey struct {
	group int32
	start int64
}

func statisticsOf(points []point, q core.GroupedRange, bucket time.Duration) []core.StatisticsRow {
	groups := map[statisticsKey][]point{}
	for _, p := range selected(points, q.Range) {
		at, _ := slices.BinarySearch(q.Series, p.series)
		key := statisticsKey{group: q.Groups[at]}
		if bucket != 0 {
			key.start = floor(p.ts, bucket)
		}
		groups[key] = append(groups[key], p)
	}
	rows := []core.StatisticsRow{}
	for key, points := range groups {
		rows = append(rows, statisticsRow(key, points))
	}
	slices.SortFunc(rows, func(a, b core.StatisticsRow) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.BucketStart, b.BucketStart))
	})
	return rows
}

func statisticsRow(key statisticsKey, points []point) core.StatisticsRow {
	row := core.StatisticsRow{
		Group: key.group, BucketStart: key.start, Count: int64(len(points)),
		FirstTimestamp: points[0].ts, LastTimestamp: points[len(points)-1].ts,
	}
	values := make([]float64, len(points))
	for i, p := range points {
		values[i] = p.value
		row.Mean += p.value / float64(len(points))
	}
	for _, v := range values {
		row.StandardDeviation += (v - row.Mean) * (v - row.Mean) / float64(len(values))
	}
	row.StandardDeviation = math.Sqrt(row.StandardDeviation)
	slices.Sort(values)
	row.Min, row.Max = values[0], values[len(values)-1]
	for percent, at := range map[float64]*float64{0.5: &row.P50, 0.9: &row.P90, 0.95: &row.P95, 0.99: &row.P99} {
		place := percent * float64(len(values)-1)
		low := int(place)
		*at = values[low] + (place-float64(low))*(values[min(low+1, len(values)-1)]-values[low])
	}
	return row
}

func requireSameStatistics(t *testing.T, want, got []core.StatisticsRow) {
	t.Helper()
	require.Len(t, got, len(want))
	for i := range want {
		for _, pair := range [][2]float64{
			{want[i].Mean, got[i].Mean}, {want[i].StandardDeviation, got[i].StandardDeviation},
			{want[i].P50, got[i].P50}, {want[i].P90, got[i].P90}, {want[i].P95, got[i].P95}, {want[i].P99, got[i].P99},
		} {
			require.InDelta(t, pair[0], pair[1], 1e-6, "%+v\n%+v", want[i], got[i])
		}
		rounded := got[i]
		rounded.Mean, rounded.StandardDeviation = want[i].Mean, want[i].StandardDeviation
		rounded.P50, rounded.P90, rounded.P95, rounded.P99 = want[i].P50, want[i].P90, want[i].P95, want[i].P99
		require.Equal(t, want[i], rounded)
	}
}

func statisticsOfSamples(t *testing.T, f *fixture) {
	random := randomOf(5)
	points := randomPoints(random, 4_000)
	f.fill(points, 1_000)
	for i := range 40 {
		q := core.GroupedRange{Range: randomRange(random)}
		q.Groups = make([]int32, len(q.Series))
		for at := range q.Groups {
			q.Groups[at] = int32(random.IntN(1 + i%4))
		}
		bucket := time.Duration(random.Int64N(3) * 70)
		got, err := f.Statistics(t.Context(), q, bucket, 100_000)
		require.NoError(t, err)
		requireSameStatistics(t, statisticsOf(points, q, bucket), got)
	}
}

// A group of small values beside one of huge ones is as exact as alone.
func statisticsOfHugeValues(t *testing.T, f *fixture) {
	f.apply(nil, nil,
		point{1, 0, 1e308}, point{1, 1, -1e308}, point{1, 2, 1e308}, point{1, 3, -1e308}, point{1, 4, -1e308},
		point{2, 0, 1e308}, point{2, 1, 1e308},
		point{3, 0, 1e-300}, point{3, 1, 2e-300}, point{3, 2, 3e-300},
		point{4, 0, 1}, point{4, 1, 3})
	q := core.GroupedRange{
		Range:  core.Range{Series: []core.SeriesID{1, 2, 3, 4}, Start: always, End: forever},
		Groups: []int32{0, 1, 2, 3},
	}
	rows, err := f.Statistics(t.Context(), q, 0, 10)
	require.NoError(t, err)
	require.Len(t, rows, 4)
	require.InEpsilon(t, -0.2e308, rows[0].Mean, 1e-12)
	require.InEpsilon(t, 1e308*math.Sqrt(0.96), rows[0].StandardDeviation, 1e-12)
	require.InDelta(t, -1e308, rows[0].P50, 0)
	require.InDelta(t, 1e308, rows[0].P90, 0)
	require.InEpsilon(t, 1e308, rows[1].Mean, 1e-12)
	require.Zero(t, rows[1].StandardDeviation)
	require.InEpsilon(t, 2e-300, rows[2].Mean, 1e-12)
	require.InEpsilon(t, 2e-300, rows[2].P50, 1e-12)
	require.Equal(t, core.StatisticsRow{
		Group: 3, Count: 2, Min: 1, Max: 3, Mean: 2, StandardDeviation: 1, P50: 2, P90: 2.8, P95: 2.9, P99: 2.98,
		LastTimestamp: 1,
	}, rows[3])
}

func statisticsFarFromZero(t *testing.T, f *fixture) {
	var points []point
	for i := range 10_000 {
		points = append(points, point{1, int64(i), 1e9 + float64(i%2)})
	}
	f.apply(nil, nil, points...)
	q := core.GroupedRange{
		Range: core.Range{Series: []core.SeriesID{1}, Start: always, End: forever}, Groups: []int32{5},
	}
	rows, err := f.Statistics(t.Context(), q, 0, 10)
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.EqualValues(t, 5, rows[0].Group)
	require.InEpsilon(t, 1e9+0.5, rows[0].Mean, 1e-15)
	require.InEpsilon(t, 0.5, rows[0].StandardDeviation, 1e-9)
}

func statisticsStopAtTheLimit(t *testing.T, f *fixture) {
	var points []point
	for i := range 100 {
		points = append(points, point{core.SeriesID(i%2 + 1), int64(i / 2), float64(i)})
	}
	f.apply(nil, nil, points...)
	q := core.GroupedRange{
		Range:  core.Range{Series: []core.SeriesID{1, 2}, Start: always, End: forever},
		Groups: []int32{1, 0},
	}
	rows, err := f.Statistics(t.Context(), q, 1, 60)
	require.NoError(t, err)
	requireSameStatistics(t, statisticsOf(points, q, 1)[:60], rows)
}
