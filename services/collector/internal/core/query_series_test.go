package core_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// counts is a store with so many samples of each series.
type counts struct {
	core.Store

	of map[core.SeriesID]int64
}

func (c counts) Extents(_ context.Context, ids []core.SeriesID) ([]core.Extent, error) {
	extents := make([]core.Extent, len(ids))
	for i, id := range ids {
		extents[i] = core.Extent{Count: c.of[id], First: 1, Last: c.of[id]}
	}
	return extents, nil
}

// listed pages through the series of acme and returns their IDs page by page.
func listed(t *testing.T, index core.SeriesIndex, store core.Store, limit int) [][]core.SeriesID {
	t.Helper()
	q := core.NewQueries(store, index, until(0))
	var pages [][]core.SeriesID
	for after, more := core.SeriesID(0), true; more; {
		page, err := q.Series(t.Context(), &core.SeriesQuery{Tenant: "acme", After: after, Limit: limit})
		require.NoError(t, err)
		var ids []core.SeriesID
		for _, s := range page.Series {
			ids = append(ids, s.ID)
		}
		pages = append(pages, ids)
		after, more = page.Next, page.Next != 0
	}
	return pages
}

func TestSeriesWithoutSamplesAreNotListed(t *testing.T) {
	var index seriesList
	for id := range core.SeriesID(10) {
		index = append(index, core.Series{ID: id + 1, Tenant: "acme"})
	}
	index = append(index, core.Series{ID: 11, Tenant: "other"})
	some := counts{of: map[core.SeriesID]int64{1: 5, 7: 1, 8: 1, 10: 2, 11: 9}}
	require.Equal(t, [][]core.SeriesID{{1, 7, 8, 10}}, listed(t, index, some, 10))
	require.Equal(t, [][]core.SeriesID{{1, 7, 8, 10}}, listed(t, index, some, 1000))
	require.Equal(t, [][]core.SeriesID{{1}, {7, 8}, {10}}, listed(t, index, some, 2), "a page of none is no page")
	require.Equal(t, [][]core.SeriesID{{1, 8, 10}}, listed(t, emptiedIndex{index, 7}, some, 10))
	require.Equal(t, [][]core.SeriesID{nil}, listed(t, index, counts{}, 3))
	require.Equal(t, [][]core.SeriesID{nil}, listed(t, seriesList{}, some, 3))
}

func TestAPageGoesOnAfterASeriesThatIsGone(t *testing.T) {
	index := seriesList{{ID: 2, Tenant: "acme"}, {ID: 6, Tenant: "acme"}}
	q := core.NewQueries(counts{of: map[core.SeriesID]int64{2: 1, 6: 1}}, index, until(0))
	page, err := q.Series(t.Context(), &core.SeriesQuery{Tenant: "acme", After: 4, Limit: 10})
	require.NoError(t, err)
	require.Len(t, page.Series, 1)
	require.Equal(t, core.SeriesID(6), page.Series[0].ID)
	require.Equal(t, core.Extent{Count: 1, First: 1, Last: 1}, page.Series[0].Extent)
}
