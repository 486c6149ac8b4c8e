package tests

import (
	"context"
	"errors"
	"io"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// tester is a *testing.T or a *rapid.T.
type tester interface {
	require.TestingT
	Helper()
}

type (
	pointsRequest = collectorv1.CollectDataPointsRequest
	pointsReceipt = collectorv1.CollectDataPointsResponse
)

// pointStream is one open stream of points. One goroutine uses it at a time.
type pointStream struct {
	stream grpc.ClientStreamingClient[pointsRequest, pointsReceipt]
	cancel context.CancelFunc
	// receipt and err are the outcome once answered is set.
	answered bool
	receipt  *pointsReceipt
	err      error
}

// producer is a first message without a frame.
func producer(id string, epoch int64) *pointsRequest {
	return &pointsRequest{ProducerId: id, Epoch: epoch}
}

func numberedFrame(sequence int64, points ...*collectorv1.DataPoint) *pointsRequest {
	return &pointsRequest{Sequence: sequence, Points: points}
}

// open opens a stream and sends its first messages.
func (p pointsPeer) open(ctx context.Context, messages ...*pointsRequest) (*pointStream, error) {
	ctx, cancel := context.WithCancel(ctx)
	stream, err := p.points.CollectDataPoints(ctx)
	if err != nil {
		cancel()
		return nil, err
	}
	s := &pointStream{stream: stream, cancel: cancel}
	for _, message := range messages {
		if err := s.send(message); err != nil {
			cancel()
			return nil, err
		}
	}
	return s, nil
}

// mustOpen is open for tests where nothing keeps it from working. It returns
// when the server has greeted the producer.
func (p pointsPeer) mustOpen(ctx context.Context, t tester, messages ...*pointsRequest) (*pointStream, *streamv1.Hello) {
	t.Helper()
	s, err := p.open(ctx, messages...)
	require.NoError(t, err)
	hello, err := s.hello()
	require.NoError(t, err)
	return s, hello
}

// deliver sends messages, closes the client's side and returns the outcome.
func (p pointsPeer) deliver(ctx context.Context, messages ...*pointsRequest) (*pointsReceipt, error) {
	s, err := p.open(ctx, messages...)
	if err != nil {
		return nil, err
	}
	return s.finish()
}

// send sends a message. When the server has ended the stream it returns why,
// and errAnswered when that was with a receipt.
func (s *pointStream) send(message *pointsRequest) error {
	err := s.stream.Send(message)
	if !errors.Is(err, io.EOF) {
		return err
	}
	if _, err := s.outcome(); err != nil {
		return err
	}
	return errAnswered
}

// outcome waits for the receipt, or for why there is none.
func (s *pointStream) outcome() (*pointsReceipt, error) {
	if !s.answered {
		s.answered = true
		s.receipt = new(pointsReceipt)
		s.err = s.stream.RecvMsg(s.receipt)
	}
	return s.receipt, s.err
}

// finish closes the client's side and returns the receipt.
func (s *pointStream) finish() (*pointsReceipt, error) {
	defer s.cancel()
	if err := s.stream.CloseSend(); err != nil {
		return nil, err
	}
	return s.outcome()
}

// ended waits until the server ends the stream and returns why.
func (s *pointStream) ended() error {
	defer s.cancel()
	_, err := s.outcome()
	return err
}

// hello waits for the response headers. When the stream ends without them it
// returns why.
func (s *pointStream) hello() (*streamv1.Hello, error) {
	header, err := s.stream.Header()
	if err != nil {
		return nil, err
	}
	values := header.Get("sluice-hello-bin")
	if len(values) == 0 {
		return nil, s.ended()
	}
	hello := new(streamv1.Hello)
	return hello, proto.Unmarshal([]byte(values[0]), hello)
}
