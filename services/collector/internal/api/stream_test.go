package api_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/ingest"
)

// began is the timestamp of the first point of a test.
var began = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixNano()

// stream is a client's stream of frames.
type stream struct {
	grpc.ClientStreamingClient[collectorv1.CollectDataPointsRequest, collectorv1.CollectDataPointsResponse]

	hello *streamv1.Hello
}

// open opens a stream of a producer and waits for its hello.
func (h *harness) open(ctx context.Context, t testing.TB, producerID string, epoch int64) *stream {
	t.Helper()
	s, err := h.tryOpen(ctx, t, &collectorv1.CollectDataPointsRequest{ProducerId: producerID, Epoch: epoch})
	require.NoError(t, err)
	return s
}

// tryOpen opens a stream with a first message. The error is the stream's.
func (h *harness) tryOpen(ctx context.Context, t testing.TB, first *collectorv1.CollectDataPointsRequest) (*stream, error) {
	t.Helper()
	rpc, err := h.points.CollectDataPoints(ctx)
	require.NoError(t, err)
	require.NoError(t, rpc.Send(first))
	header, err := rpc.Header()
	require.NoError(t, err)
	encoded := header.Get(ingest.HelloKey)
	if len(encoded) == 0 {
		return nil, rpc.RecvMsg(&collectorv1.CollectDataPointsResponse{})
	}
	hello := &streamv1.Hello{}
	require.NoError(t, proto.Unmarshal([]byte(encoded[0]), hello))
	return &stream{ClientStreamingClient: rpc, hello: hello}, nil
}

// send sends a frame, as far as the stream takes it.
func (s *stream) send(sequence int64, points ...*collectorv1.DataPoint) {
	_ = s.Send(&collectorv1.CollectDataPointsRequest{Sequence: sequence, Points: points})
}

// finish ends the stream and returns the receipt.
func (s *stream) finish(t testing.TB) *collectorv1.CollectDataPointsResponse {
	t.Helper()
	receipt, err := s.CloseAndRecv()
	require.NoError(t, err)
	return receipt
}

// point is a point of the metric m, so many seconds after the first one.
func point(source string, second int64, value float64) *collectorv1.DataPoint {
	return &collectorv1.DataPoint{
		Source: source, Timestamp: began + second*int64(time.Second), Metrics: map[string]float64{"m": value},
	}
}

// values returns the stored values of the metric m of a source, in the order of
// time, once the producer's frame is visible.
func (h *harness) values(ctx context.Context, t testing.TB, source, producerID string, sequence int64) []float64 {
	t.Helper()
	answers, err := h.points.QueryDataPoints(ctx, &collectorv1.QueryDataPointsRequest{
		Matchers: []*collectorv1.SeriesMatcher{{
			Target: collectorv1.SeriesTarget_SERIES_TARGET_SOURCE, Operator: queryv1.MatchOperator_MATCH_OPERATOR_EQUAL, Value: source,
		}},
		WaitFor: &queryv1.WaitFor{ProducerId: producerID, Sequence: sequence},
	})
	require.NoError(t, err)
	var values []float64
	for {
		answer, err := answers.Recv()
		if err != nil {
			require.ErrorContains(t, err, "EOF")
			return values
		}
		values = append(values, answer.GetValues()...)
	}
}
