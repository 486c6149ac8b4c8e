package api_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
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

func TestARetryGetsTheReceiptAgain(t *testing.T) {
	dir := t.TempDir()
	var receipt *collectorv1.CollectDataPointsResponse
	t.Run("first", func(t *testing.T) {
		h := openHarness(t, dir, nil)
		s := h.open(t.Context(), t, "p", 7)
		s.send(1, point("a", 0, 1), point("", 0, 1))
		receipt = s.finish(t)
		require.True(t, proto.Equal(receipt, h.open(t.Context(), t, "p", 7).finish(t)))
	})
	t.Run("after a restart", func(t *testing.T) {
		h := openHarness(t, dir, nil)
		require.True(t, proto.Equal(receipt, h.open(t.Context(), t, "p", 7).finish(t)))
		s := h.open(t.Context(), t, "p", 7)
		s.send(2, point("a", 1, 1))
		next := s.finish(t)
		require.Equal(t, int64(1), next.GetTotalProcessed())
		require.Equal(t, int64(2), next.GetEpochTotals().GetSuccessfulCount())
		require.Equal(t, int64(1), next.GetEpochTotals().GetErrorCount())
	})
}

func TestStreamsThatCannotGoOn(t *testing.T) {
	h := newHarness(t)
	manyPoints := make([]*collectorv1.DataPoint, frameItems+1)
	for i := range manyPoints {
		manyPoints[i] = &collectorv1.DataPoint{Source: "a"}
	}
	tests := map[string]struct {
		message *collectorv1.CollectDataPointsRequest
		code    codes.Code
		reason  string
		field   string
	}{
		"a gap": {
			&collectorv1.CollectDataPointsRequest{Sequence: 3, Points: manyPoints[:1]},
			codes.FailedPrecondition, "SEQUENCE_GAP", "sequence",
		},
		"a negative sequence": {
			&collectorv1.CollectDataPointsRequest{Sequence: -1, Points: manyPoints[:1]},
			codes.InvalidArgument, "FIELD_INVALID", "sequence",
		},
		"points without a sequence": {
			&collectorv1.CollectDataPointsRequest{Points: manyPoints[:1]},
			codes.InvalidArgument, "FIELD_INVALID", "sequence",
		},
		"another producer": {
			&collectorv1.CollectDataPointsRequest{ProducerId: "q", Sequence: 2},
			codes.InvalidArgument, "HEADER_CHANGED", "producer_id",
		},
		"another epoch": {
			&collectorv1.CollectDataPointsRequest{Epoch: 5, Sequence: 2},
			codes.InvalidArgument, "HEADER_CHANGED", "epoch",
		},
		"too many points": {
			&collectorv1.CollectDataPointsRequest{Sequence: 2, Points: manyPoints},
			codes.InvalidArgument, "FRAME_TOO_LARGE", "points",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			id := strings.ReplaceAll(name, " ", "-")
			s := h.open(t.Context(), t, id, 1)
			s.send(1, point(id, 0, 1))
			require.NoError(t, s.Send(test.message))
			failed := s.failure(t)
			require.Equal(t, test.code, failed.code)
			require.Equal(t, test.reason, failed.reason)
			require.Equal(t, test.field, failed.field)
			require.True(t, proto.Equal(&streamv1.Position{Received: 1, Durable: 1}, failed.cut.GetPosition()), "what came before is kept")
			require.Equal(t, []float64{1}, h.values(t.Context(), t, id, id, 1))
		})
	}
}

func TestStreamsThatAreNotOpened(t *testing.T) {
	h := newHarness(t)
	tests := map[string]struct {
		first  *collectorv1.CollectDataPointsRequest
		code   codes.Code
		reason string
		field  string
	}{
		"name with a space": {
			&collectorv1.CollectDataPointsRequest{ProducerId: "a b"}, codes.InvalidArgument, "FIELD_INVALID", "producer_id",
		},
		"long name": {
			&collectorv1.CollectDataPointsRequest{ProducerId: strings.Repeat("x", 129)}, codes.InvalidArgument, "FIELD_INVALID", "producer_id",
		},
		"epoch without a name": {
			&collectorv1.CollectDataPointsRequest{Epoch: 2}, codes.InvalidArgument, "HEADER_MISSING", "producer_id",
		},
		"negative epoch": {
			&collectorv1.CollectDataPointsRequest{ProducerId: "p", Epoch: -1}, codes.InvalidArgument, "FIELD_INVALID", "epoch",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := h.tryOpen(t.Context(), t, test.first)
			failed := refusalOf(t, err)
			require.Equal(t, test.code, failed.code)
			require.Equal(t, test.reason, failed.reason)
			require.Equal(t, test.field, failed.field)
		})
	}
}

func TestAnUnknownProducerMustBeginWithFrameOne(t *testing.T) {
	h := newHarness(t)
	s := h.open(t.Context(), t, "p", 0)
	s.send(12, point("a", 0, 1))
	failed := s.failure(t)
	require.Equal(t, codes.FailedPrecondition, failed.code)
	require.Equal(t, "PRODUCER_EXPIRED", failed.reason)
}

func TestAnEmptyStreamIsRefused(t *testing.T) {
	h := newHarness(t)
	rpc, err := h.points.CollectDataPoints(t.Context())
	require.NoError(t, err)
	_, err = rpc.CloseAndRecv()
	require.Equal(t, "EMPTY_STREAM", refusalOf(t, err).reason)
}

func TestANamelessProducerNeedsNoSequences(t *testing.T) {
	h := newHarness(t)
	s, err := h.tryOpen(t.Context(), t, &collectorv1.CollectDataPointsRequest{Points: []*collectorv1.DataPoint{point("a", 0, 1)}})
	require.NoError(t, err)
	s.send(0, point("a", 1, 2), point("a", 2, 3))
	receipt := s.finish(t)
	require.Equal(t, int64(3), receipt.GetSuccessfulCount())
	require.Equal(t, s.hello.GetWorkId(), receipt.GetProducerId())
	require.Equal(t, []float64{1, 2, 3}, h.values(t.Context(), t, "a", receipt.GetProducerId(), 2))
}

func TestANamelessProducerCannotNumberItsFrames(t *testing.T) {
	h := newHarness(t)
	s, err := h.tryOpen(t.Context(), t, &collectorv1.CollectDataPointsRequest{})
	require.NoError(t, err)
	s.send(1, point("a", 0, 1))
	failed := s.failure(t)
	require.Equal(t, codes.InvalidArgument, failed.code)
	require.Equal(t, "HEADER_MISSING", failed.reason)
	require.Equal(t, "producer_id", failed.field)
}

func TestANewerEpochDoesNotGetTheReceiptOfTheOneBefore(t *testing.T) {
	h := newHarness(t)
	s := h.open(t.Context(), t, "p", 1)
	s.send(1, point("a", 0, 1))
	s.finish(t)
	receipt := h.open(t.Context(), t, "p", 2).finish(t)
	require.Zero(t, receipt.GetTotalProcessed())
	require.Equal(t, int64(2), receipt.GetEpochTotals().GetEpoch())
	require.Equal(t, int64(1), receipt.GetPosition().GetDurable())
}

func TestASecondStreamTakesOver(t *testing.T) {
	h := newHarness(t)
	first := h.open(t.Context(), t, "p", 1)
	first.send(1, point("a", 0, 1))
	second := h.open(t.Context(), t, "p", 1)
	failed := first.failure(t)
	require.Equal(t, codes.Aborted, failed.code)
	require.Equal(t, "FENCED", failed.reason)
	next := second.hello.GetNext()
	require.Contains(t, []int64{1, 2}, next, "the first stream's frame is in it or not")
	second.send(next, point("a", 1, 2))
	second.finish(t)
	values := h.values(t.Context(), t, "a", "p", next)
	require.Len(t, values, int(next))

	newer := h.open(t.Context(), t, "p", 2)
	_, err := h.tryOpen(t.Context(), t, &collectorv1.CollectDataPointsRequest{ProducerId: "p", Epoch: 1})
	require.Equal(t, "FENCED", refusalOf(t, err).reason)
	newer.send(next+1, point("a", 2, 3))
	receipt := newer.finish(t)
	require.Equal(t, int64(2), receipt.GetEpochTotals().GetEpoch())
	require.Equal(t, int64(1), receipt.GetEpochTotals().GetSuccessfulCount(), "an epoch counts anew")
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
