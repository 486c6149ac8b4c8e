package api_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

func TestAReceiptCountsEveryPoint(t *testing.T) {
	h := newHarness(t)
	s := h.open(t.Context(), t, "p", 0)
	require.Equal(t, int64(1), s.hello.GetNext())
	require.Equal(t, "p", s.hello.GetWorkId())
	require.Equal(t, int32(frameItems), s.hello.GetMaxFrameItems())
	require.Equal(t, int64(messageLimit), s.hello.GetMaxMessageBytes())

	bad := point("a", 2, 3)
	bad.Timestamp /= int64(time.Second)
	s.send(1, point("a", 0, 1), bad, point("a", 1, 2))
	s.send(2, point("", 0, 1), point("b", 0, math.NaN()), point("b", 0, 6))
	s.send(1, point("a", 9, 9), point("a", 10, 9), point("a", 11, 9))
	receipt := s.finish(t)

	require.Equal(t, int64(9), receipt.GetTotalProcessed())
	require.Equal(t, int64(3), receipt.GetSuccessfulCount())
	require.Equal(t, int64(3), receipt.GetErrorCount())
	require.Equal(t, int64(3), receipt.GetDuplicateCount())
	require.True(t, proto.Equal(&streamv1.Position{Received: 2, Durable: 2}, receipt.GetPosition()))
	require.Len(t, receipt.GetErrors(), 3)
	first := receipt.GetErrors()[0]
	require.Equal(t, int64(1), first.GetSequence())
	require.Equal(t, int32(1), first.GetIndex())
	require.Equal(t, "timestamp", first.GetField())
	require.Equal(t, collectorv1.PointErrorReason_POINT_ERROR_REASON_TIMESTAMP_UNIT, first.GetReason())
	require.Contains(t, first.GetDescription(), "seconds")
	require.Len(t, receipt.GetErrorCounts(), 3)
	require.Equal(t, int64(3), receipt.GetEpochTotals().GetSuccessfulCount())
	require.Equal(t, int64(3), receipt.GetEpochTotals().GetErrorCount())
	require.Len(t, receipt.GetStatistics(), 1)
	statistics := receipt.GetStatistics()[0]
	require.Equal(t, int64(3), statistics.GetCount())
	require.InDelta(t, 3.0, statistics.GetMean(), 1e-12)
	require.Equal(t, []float64{1, 2}, h.values(t.Context(), t, "a", "p", 2))
	require.Equal(t, []float64{6}, h.values(t.Context(), t, "b", "p", 2))
}

func TestAReceiptDescribesTheFirstHundredErrors(t *testing.T) {
	h := newHarness(t)
	s := h.open(t.Context(), t, "p", 0)
	points := make([]*collectorv1.DataPoint, 150)
	for i := range points {
		points[i] = point("", int64(i), 0)
	}
	s.send(1, points...)
	receipt := s.finish(t)
	require.Len(t, receipt.GetErrors(), 100)
	require.Equal(t, int64(150), receipt.GetErrorCounts()[0].GetCount())
}

func TestTheLastAcceptedValueHolds(t *testing.T) {
	dir := t.TempDir()
	t.Run("written", func(t *testing.T) {
		h := openHarness(t, dir, nil)
		s := h.open(t.Context(), t, "p", 0)
		s.send(1, point("a", 0, 1), point("a", 1, 1), point("a", 0, 2))
		s.send(2, point("a", 1, 3))
		s.finish(t)
		require.Equal(t, []float64{2, 3}, h.values(t.Context(), t, "a", "p", 2))
		s = h.open(t.Context(), t, "p", 0)
		s.send(3, point("a", 0, 4))
		s.finish(t)
		require.Equal(t, []float64{4, 3}, h.values(t.Context(), t, "a", "p", 3))
	})
	t.Run("after a restart", func(t *testing.T) {
		h := openHarness(t, dir, nil)
		s := h.open(t.Context(), t, "p", 0)
		s.send(4, point("a", 1, 5), point("a", 2, 6))
		s.finish(t)
		require.Equal(t, []float64{4, 5, 6}, h.values(t.Context(), t, "a", "p", 4))
	})
}
