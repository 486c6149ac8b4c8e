package api_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/testkit/rpctest"
)

func TestADeletionDeletesWhatItSelects(t *testing.T) {
	h := newHarness(t)
	wait := h.stored(t.Context(), t, someMinutes()...)
	everything, err := h.query(t.Context(), t, &collectorv1.QueryDataPointsRequest{WaitFor: wait})
	require.NoError(t, err)
	lines := everything.lines()
	erase := func(request *collectorv1.DeleteDataPointsRequest) int64 {
		deleted, err := h.points.DeleteDataPoints(t.Context(), request)
		require.NoError(t, err)
		return deleted.GetDeletedCount()
	}
	kept := func() []string {
		got, err := h.query(t.Context(), t, &collectorv1.QueryDataPointsRequest{})
		require.NoError(t, err)
		return got.lines()
	}
	require.Zero(t, erase(&collectorv1.DeleteDataPointsRequest{Matchers: matchers(source("c"))}))
	require.Equal(t, lines, kept())
	span := &collectorv1.DeleteDataPointsRequest{
		Matchers: matchers(source("b")), StartTime: new(at(59 * time.Second)), EndTime: new(at(90 * time.Second)),
	}
	require.Equal(t, int64(1), erase(span))
	require.Equal(t, append(lines[:4:4], lines[5:]...), kept())
	require.Zero(t, erase(span), "once more deletes nothing more")
	require.Equal(t, int64(3), erase(&collectorv1.DeleteDataPointsRequest{Matchers: matchers(metricLike("cpu")), EndTime: new(at(60 * time.Second))}))
	require.Equal(t, []string{lines[3], lines[5], lines[6]}, kept())
}

func TestASeriesWithoutSamplesIsForgottenAndMayBeginAgain(t *testing.T) {
	h := newHarness(t)
	wait := h.stored(t.Context(), t, someMinutes()...)
	// The deletion takes place after all that was accepted before it.
	deleted, err := h.points.DeleteDataPoints(t.Context(), &collectorv1.DeleteDataPointsRequest{Matchers: matchers(metricLike(".*"), source("a"))})
	require.NoError(t, err)
	require.Equal(t, int64(4), deleted.GetDeletedCount())
	left, _ := h.listed(t.Context(), t, &collectorv1.ListSeriesRequest{WaitFor: wait})
	require.Equal(t, []string{"b/cpu 3 from 0s to 1m30s"}, left)
	wait = h.stored(t.Context(), t, sample("a", at(time.Second), "cpu", 9, "dc", "x"))
	left, _ = h.listed(t.Context(), t, &collectorv1.ListSeriesRequest{WaitFor: wait})
	require.Equal(t, []string{"b/cpu 3 from 0s to 1m30s", "a/cpu{dc=x} 1 from 1s to 1s"}, left)
}

func TestADeletionThatCannotBe(t *testing.T) {
	h := newHarness(t)
	for _, c := range []struct {
		request *collectorv1.DeleteDataPointsRequest
		field   string
	}{
		{&collectorv1.DeleteDataPointsRequest{}, "matchers"},
		{&collectorv1.DeleteDataPointsRequest{Matchers: matchers(source("a"), metricLike("("))}, "matchers[1].value"},
		{&collectorv1.DeleteDataPointsRequest{Matchers: matchers(source("a")), StartTime: new(epoch), EndTime: new(epoch)}, "end_time"},
	} {
		_, err := h.points.DeleteDataPoints(t.Context(), c.request)
		require.Equal(t, rpctest.Refusal{Code: codes.InvalidArgument, Reason: "FIELD_INVALID", Field: c.field}, rpctest.RefusalOf(t, err), "%v", c.request)
	}
}
