package storetest

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

var applyContracts = []contract{
	{"A_new_store_is_empty", aNewStoreIsEmpty},
	{"What_was_applied_is_there_after_reopening", appliedSurvivesReopening},
	{"An_empty_batch_moves_the_position", emptyBatchMovesThePosition},
	{"A_late_sample_replaces_the_stored_one", lateSampleReplaces},
	{"A_late_sample_without_a_stored_one_is_added", lateSampleIsAdded},
	{"Late_samples_of_a_large_batch_replace_theirs_only", manyLateSamples},
	{"Every_value_comes_back", everyValueComesBack},
	{"Every_timestamp_comes_back", everyTimestampComesBack},
	{"A_batch_is_not_referred_to_afterwards", batchIsNotReferredTo},
}

func aNewStoreIsEmpty(t *testing.T, f *fixture) {
	require.Zero(t, f.positionNow())
	last, err := f.LastSeriesID(t.Context())
	require.NoError(t, err)
	require.Zero(t, last)
	series, _ := f.listed()
	require.Empty(t, series)
	require.Empty(t, f.all(1, 2, 3))
}

func appliedSurvivesReopening(t *testing.T, f *fixture) {
	points := []point{{1, 10, 1.5}, {2, 10, -2}, {1, 20, 2.5}}
	f.apply([]core.SeriesID{1, 2}, nil, points...)
	for range 2 {
		require.Equal(t, []point{{1, 10, 1.5}, {2, 10, -2}, {1, 20, 2.5}}, f.all(1, 2))
		require.Equal(t, f.position, f.positionNow())
		series, lasts := f.listed()
		require.Equal(t, numbered(1, 2), series)
		require.Equal(t, []int64{20, 10}, lasts)
		last, err := f.LastSeriesID(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 2, last)
		f.reopen()
	}
}

func emptyBatchMovesThePosition(t *testing.T, f *fixture) {
	f.apply(nil, nil)
	require.EqualValues(t, 100, f.positionNow())
	require.NoError(t, f.Apply(t.Context(), &core.Batch{Position: math.MaxInt64}))
	require.EqualValues(t, int64(math.MaxInt64), f.positionNow())
}

func lateSampleReplaces(t *testing.T, f *fixture) {
	f.apply([]core.SeriesID{1, 2}, nil, point{1, 10, 1}, point{2, 10, 2}, point{1, 20, 3})
	f.apply(nil, []int{1}, point{2, 20, 4}, point{1, 10, -1}, point{1, 30, 5})
	f.apply(nil, []int{0}, point{1, 10, -1.5})
	require.Equal(t, []point{{1, 10, -1.5}, {2, 10, 2}, {1, 20, 3}, {2, 20, 4}, {1, 30, 5}}, f.all(1, 2))
}

func lateSampleIsAdded(t *testing.T, f *fixture) {
	f.apply([]core.SeriesID{1}, nil, point{1, 20, 2})
	f.apply(nil, []int{0}, point{1, 10, 1})
	require.Equal(t, []point{{1, 10, 1}, {1, 20, 2}}, f.all(1))
}

func manyLateSamples(t *testing.T, f *fixture) {
	const rows = 300_000
	var first, second []point
	var late []int
	want := make([]point, rows)
	for i := range rows {
		want[i] = point{core.SeriesID(i%7 + 1), int64(i), float64(i)}
		first = append(first, want[i])
		if i%2 == 0 {
			want[i].value = -float64(i)
			late = append(late, len(second))
			second = append(second, want[i])
		}
	}
	f.apply([]core.SeriesID{1, 2, 3, 4, 5, 6, 7}, nil, first...)
	f.apply(nil, late, second...)
	got := f.pages(core.Range{Series: []core.SeriesID{1, 2, 3, 4, 5, 6, 7}, Start: always, End: forever}, 100_000)
	require.Len(t, got, rows)
	for i := range want {
		if got[i] != want[i] {
			require.Equal(t, want[i], got[i])
		}
	}
}

// edgeValues are all a sample's value can be at its edges.
var edgeValues = []float64{
	0, math.Copysign(0, -1), 1, -1, 0.1, 1.0 / 3, math.MaxFloat64, -math.MaxFloat64, 1e308, -1e300,
	math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64, 2.2250738585072014e-308, 1e-310, 1 << 53, -(1 << 53) - 2,
}

// A column is compressed by its values: each one stands alone, among many of
// its kind, and among others. Only the sign of a zero is lost.
func everyValueComesBack(t *testing.T, f *fixture) {
	var points []point
	for i := range 20_000 {
		value := edgeValues[i%len(edgeValues)]
		if i < 10_000 {
			value = edgeValues[i*len(edgeValues)/10_000]
		}
		points = append(points, point{1, int64(i), value})
	}
	f.apply([]core.SeriesID{1}, nil, points...)
	check := func() {
		got := f.pages(core.Range{Series: []core.SeriesID{1}, Start: always, End: forever}, 9_000)
		require.Len(t, got, len(points))
		for i := range points {
			want := math.Float64bits(points[i].value + 0) // +0 for -0
			require.Equal(t, want, math.Float64bits(got[i].value), "%v", points[i].value)
		}
	}
	check()
	require.NoError(t, f.Checkpoint(t.Context()))
	check()
	f.reopen()
	check()
}

func everyTimestampComesBack(t *testing.T, f *fixture) {
	points := []point{
		{1, math.MinInt64, 1}, {1, math.MinInt64 + 1, 2}, {1, -1, 3}, {1, 0, 4}, {1, 1, 5},
		{1, 1_795_305_600_000_000_000, 6}, {1, math.MaxInt64 - 1, 7}, {1, math.MaxInt64, 8},
	}
	f.apply([]core.SeriesID{1}, nil, points...)
	require.Equal(t, points, f.all(1))
	f.apply(nil, []int{0, 1}, point{1, math.MinInt64, -1}, point{1, math.MaxInt64, -8})
	points[0].value, points[7].value = -1, -8
	f.reopen()
	require.Equal(t, points, f.all(1))
	_, lasts := f.listed()
	require.Equal(t, []int64{math.MaxInt64}, lasts)
}

func batchIsNotReferredTo(t *testing.T, f *fixture) {
	samples := columns([]point{{1, 10, 1}, {1, 20, 2}})
	series := numbered(1)
	require.NoError(t, f.Apply(t.Context(), &core.Batch{Position: 1, Series: series, Samples: samples}))
	samples.Values[0], samples.Timestamps[1], samples.Series[0] = 7, 7, 7
	series[0].Source = "other"
	require.Equal(t, []point{{1, 10, 1}, {1, 20, 2}}, f.all(1))
	stored, _ := f.listed()
	require.Equal(t, numbered(1), stored)
	require.Equal(t, journal.Position(1), f.positionNow())
}
