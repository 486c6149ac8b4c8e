package storetest

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

var extentContracts = []contract{
	{"Extents_come_in_the_order_given", extentsInOrder},
}

func extentsInOrder(t *testing.T, f *fixture) {
	f.apply([]core.SeriesID{1, 2, 3, 4}, nil,
		point{1, math.MinInt64, 1}, point{1, 20, 1}, point{1, math.MaxInt64, 1}, point{3, -5, 1}, point{4, 7, 1})
	full := core.Extent{Count: 3, First: math.MinInt64, Last: math.MaxInt64}
	for _, test := range []struct {
		series []core.SeriesID
		want   []core.Extent
	}{
		{nil, nil},
		{[]core.SeriesID{9}, []core.Extent{{}}},
		{[]core.SeriesID{1, 2, 3}, []core.Extent{full, {}, {Count: 1, First: -5, Last: -5}}},
		{[]core.SeriesID{4, 9, 3}, []core.Extent{{Count: 1, First: 7, Last: 7}, {}, {Count: 1, First: -5, Last: -5}}},
	} {
		got, err := f.Extents(t.Context(), test.series)
		require.NoError(t, err)
		require.Equal(t, test.want, got)
	}
}
