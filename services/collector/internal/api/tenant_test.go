package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/testkit/rpctest"
)

func TestATenantSeesOnlyItsOwn(t *testing.T) {
	h := newHarness(t)
	acme, other := rpctest.As(t.Context(), "acme", "alice"), rpctest.As(t.Context(), "other", "alice")
	h.stored(acme, t, someMinutes()...)
	wait := h.stored(other, t, sample("a", epoch, "cpu", 77, "dc", "x"))

	got, err := h.query(other, t, &collectorv1.QueryDataPointsRequest{WaitFor: wait})
	require.NoError(t, err)
	require.Equal(t, []string{"a/cpu{dc=x} 0s 77"}, got.lines())
	listed, _ := h.listed(other, t, &collectorv1.ListSeriesRequest{})
	require.Equal(t, []string{"a/cpu{dc=x} 1 from 0s to 0s"}, listed)
	statistics, err := h.points.GetStatistics(other, &collectorv1.GetStatisticsRequest{})
	require.NoError(t, err)
	require.Len(t, statistics.GetStatistics(), 1)
	require.Equal(t, int64(1), statistics.GetStatistics()[0].GetCount())
	deleted, err := h.points.DeleteDataPoints(other, &collectorv1.DeleteDataPointsRequest{Matchers: matchers(metricLike(".*"))})
	require.NoError(t, err)
	require.Equal(t, int64(1), deleted.GetDeletedCount())

	got, err = h.query(acme, t, &collectorv1.QueryDataPointsRequest{})
	require.NoError(t, err)
	require.Equal(t, len(someMinutes()), got.count())
	got, err = h.query(t.Context(), t, &collectorv1.QueryDataPointsRequest{})
	require.NoError(t, err)
	require.Zero(t, got.count(), "nor does the anonymous one see anything")
}
