package storetest

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

var deleteContracts = []contract{
	{"Deletion_takes_its_series_and_span_only", deletionTakesItsOwn},
	{"A_series_without_samples_left_is_forgotten", emptiedSeriesIsForgotten},
	{"Deletion_moves_the_position_in_any_case", deletionMovesThePosition},
	{"An_end_of_the_largest_time_is_included", deletionToTheEnd},
	{"A_deleted_sample_can_be_stored_anew", deletedIsStoredAnew},
	{"Many_series_are_deleted_at_once", manySeriesAreDeleted},
}

func deletionTakesItsOwn(t *testing.T, f *fixture) {
	f.apply([]core.SeriesID{1, 2, 3}, nil,
		point{1, 10, 1}, point{2, 10, 1}, point{3, 10, 1}, point{1, 20, 2}, point{2, 20, 2}, point{3, 20, 2}, point{1, 30, 3})
	deleted, err := f.Delete(t.Context(), []core.SeriesID{1, 3}, 10, 20, 777)
	require.NoError(t, err)
	require.Equal(t, core.Deleted{Samples: 2}, deleted)
	for range 2 {
		require.Equal(t, []point{{2, 10, 1}, {1, 20, 2}, {2, 20, 2}, {3, 20, 2}, {1, 30, 3}}, f.all(1, 2, 3))
		require.EqualValues(t, 777, f.positionNow())
		series, lasts := f.listed()
		require.Equal(t, numbered(1, 2, 3), series)
		require.Equal(t, []int64{30, 20, 20}, lasts)
		f.reopen()
	}
}

func emptiedSeriesIsForgotten(t *testing.T, f *fixture) {
	f.apply([]core.SeriesID{1, 2, 5}, nil, point{1, 10, 1}, point{2, 10, 1}, point{5, 10, 1}, point{2, 20, 1})
	deleted, err := f.Delete(t.Context(), []core.SeriesID{1, 2, 5}, 0, 15, 200)
	require.NoError(t, err)
	require.Equal(t, core.Deleted{Samples: 3, Emptied: []core.SeriesID{1, 5}}, deleted)
	for range 2 {
		series, _ := f.listed()
		require.Equal(t, numbered(2), series)
		f.reopen()
	}
}

func deletionMovesThePosition(t *testing.T, f *fixture) {
	f.apply([]core.SeriesID{1}, nil, point{1, 10, 1})
	for i, span := range [][2]int64{{11, 20}, {0, 10}, {20, 10}, {math.MinInt64, math.MinInt64}} {
		position := f.position + journal.Position(i) + 1
		deleted, err := f.Delete(t.Context(), []core.SeriesID{1}, span[0], span[1], position)
		require.NoError(t, err)
		require.Equal(t, core.Deleted{}, deleted, "span %d", i)
		require.Equal(t, position, f.positionNow())
	}
	deleted, err := f.Delete(t.Context(), nil, always, forever, 999)
	require.NoError(t, err)
	require.Equal(t, core.Deleted{}, deleted)
	require.EqualValues(t, 999, f.positionNow())
	require.Len(t, f.all(1), 1)
}

func deletionToTheEnd(t *testing.T, f *fixture) {
	f.apply([]core.SeriesID{1}, nil, point{1, math.MinInt64, 1}, point{1, 0, 2}, point{1, math.MaxInt64, 3})
	deleted, err := f.Delete(t.Context(), []core.SeriesID{1}, 1, math.MaxInt64-1, 200)
	require.NoError(t, err)
	require.Zero(t, deleted.Samples)
	deleted, err = f.Delete(t.Context(), []core.SeriesID{1}, 1, forever, 300)
	require.NoError(t, err)
	require.Equal(t, core.Deleted{Samples: 1}, deleted)
	deleted, err = f.Delete(t.Context(), []core.SeriesID{1}, always, forever, 400)
	require.NoError(t, err)
	require.Equal(t, core.Deleted{Samples: 2, Emptied: []core.SeriesID{1}}, deleted)
}

func deletedIsStoredAnew(t *testing.T, f *fixture) {
	f.apply([]core.SeriesID{1}, nil, point{1, 10, 1}, point{1, 20, 2})
	_, err := f.Delete(t.Context(), []core.SeriesID{1}, 20, 21, 150)
	require.NoError(t, err)
	f.apply(nil, nil, point{1, 20, 3})
	require.NoError(t, f.Checkpoint(t.Context()))
	require.Equal(t, []point{{1, 10, 1}, {1, 20, 3}}, f.all(1))
}

func manySeriesAreDeleted(t *testing.T, f *fixture) {
	var begin, odd, even []core.SeriesID
	var points []point
	for id := core.SeriesID(1); id <= 10_000; id++ {
		begin = append(begin, id)
		points = append(points, point{id, 1, 1})
		if id%2 == 1 {
			odd = append(odd, id)
		} else {
			even = append(even, id)
		}
	}
	f.apply(begin, nil, points...)
	deleted, err := f.Delete(t.Context(), odd, always, forever, 200)
	require.NoError(t, err)
	require.Equal(t, core.Deleted{Samples: 5_000, Emptied: odd}, deleted)
	series, _ := f.listed()
	require.Equal(t, numbered(even...), series)
}
