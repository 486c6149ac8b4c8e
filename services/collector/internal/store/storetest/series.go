package storetest

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

var seriesContracts = []contract{
	{"A_series_comes_back_as_it_was", seriesComesBack},
	{"Many_series_come_in_the_order_of_their_IDs", manySeries},
	{"An_error_of_the_caller_ends_EachSeries", errorEndsEachSeries},
	{"A_series_without_samples_has_the_smallest_last_timestamp", seriesWithoutSamples},
	{"The_highest_ID_is_kept_after_deletion", highestIDIsKept},
}

func seriesComesBack(t *testing.T, f *fixture) {
	series := []core.Series{
		{ID: 1, Tenant: "acme", Source: "s", Metric: "m"},
		{ID: 2, Tenant: "other", Source: "s", Metric: "m", Tags: []core.Tag{{Name: "a", Value: ""}, {Name: "b", Value: "1"}}},
		{ID: 3, Tenant: "", Source: `'; DROP TABLE series; --"\`, Metric: "μ/°C", Tags: []core.Tag{
			{Name: "B", Value: "<&>\u2028"}, {Name: "a", Value: "日本語 🚀"}, {Name: "b", Value: "\x00\x01\"\\"},
		}},
		{ID: math.MaxUint32, Tenant: "t\x00u", Source: strings.Repeat("x", 100_000), Metric: "m"},
	}
	require.NoError(t, f.Apply(t.Context(), &core.Batch{Position: 1, Series: series}))
	for range 2 {
		got, _ := f.listed()
		require.Equal(t, series, got)
		f.reopen()
	}
}

func manySeries(t *testing.T, f *fixture) {
	const count = 45_000
	batch := &core.Batch{Position: 1}
	for id := core.SeriesID(1); id <= count; id++ {
		batch.Series = append(batch.Series, seriesNumber(id))
		batch.Samples.Series = append(batch.Samples.Series, id)
		batch.Samples.Timestamps = append(batch.Samples.Timestamps, -int64(id))
		batch.Samples.Values = append(batch.Samples.Values, 1)
	}
	require.NoError(t, f.Apply(t.Context(), batch))
	got, lasts := f.listed()
	require.Len(t, got, count)
	for i := range got {
		if got[i].ID != batch.Series[i].ID || got[i].Source != batch.Series[i].Source || lasts[i] != -int64(i+1) {
			require.Fail(t, "a series differs", "%v %v", got[i], lasts[i])
		}
	}
}

func errorEndsEachSeries(t *testing.T, f *fixture) {
	f.apply([]core.SeriesID{1, 2, 3}, nil, point{1, 1, 1})
	enough := errors.New("enough")
	calls := 0
	err := f.EachSeries(t.Context(), func(core.Series, int64) error {
		calls++
		return enough
	})
	require.ErrorIs(t, err, enough)
	require.Equal(t, 1, calls)
}

func seriesWithoutSamples(t *testing.T, f *fixture) {
	f.apply([]core.SeriesID{1, 2}, nil, point{2, 5, 1})
	_, lasts := f.listed()
	require.Equal(t, []int64{math.MinInt64, 5}, lasts)
}

func highestIDIsKept(t *testing.T, f *fixture) {
	f.apply([]core.SeriesID{7, 9}, nil, point{7, 1, 1}, point{9, 1, 1})
	deleted, err := f.Delete(t.Context(), []core.SeriesID{7, 9}, always, forever, 200)
	require.NoError(t, err)
	require.Equal(t, core.Deleted{Samples: 2, Emptied: []core.SeriesID{7, 9}}, deleted)
	for range 2 {
		last, err := f.LastSeriesID(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 9, last)
		f.reopen()
	}
}
