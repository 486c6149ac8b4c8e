package core_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

func TestTheRateIsOfTheBucketOrOfTheSpan(t *testing.T) {
	const second = int64(time.Second)
	for _, c := range []struct {
		row    core.StatisticsRow
		bucket time.Duration
		want   float64
	}{
		{core.StatisticsRow{Count: 5, FirstTimestamp: second, LastTimestamp: 3 * second}, 0, 2},
		{core.StatisticsRow{Count: 1, FirstTimestamp: second, LastTimestamp: second}, 0, 0},
		{core.StatisticsRow{Count: 3, FirstTimestamp: second, LastTimestamp: second}, 0, 0},
		{core.StatisticsRow{Count: 5, FirstTimestamp: second, LastTimestamp: 3 * second}, 10 * time.Second, 0.5},
		{core.StatisticsRow{Count: 1, FirstTimestamp: second, LastTimestamp: second}, time.Millisecond, 1000},
	} {
		store := &answers{statistics: []core.StatisticsRow{c.row}}
		rows, err := core.NewQueries(store, seriesList{{ID: 1, Tenant: "acme"}}, until(0)).
			Statistics(t.Context(), &core.StatisticsQuery{Selection: everything("acme"), Bucket: c.bucket})
		require.NoError(t, err)
		require.Len(t, rows, 1)
		require.InDelta(t, c.want, rows[0].Rate, 1e-12, "%+v in %v", c.row, c.bucket)
	}
}

func TestTooManyRowsAreRefused(t *testing.T) {
	query := &core.StatisticsQuery{Selection: everything("acme")}
	ask := func(rows int) error {
		store := &answers{statistics: make([]core.StatisticsRow, rows)}
		_, err := core.NewQueries(store, seriesList{{ID: 1, Tenant: "acme"}}, until(0)).Statistics(t.Context(), query)
		return err
	}
	require.NoError(t, ask(10_000))
	err := ask(10_001)
	require.Equal(t, problem.QueryTooLarge, problem.ReasonOf(err))
	require.Contains(t, err.Error(), "group by less")
}
