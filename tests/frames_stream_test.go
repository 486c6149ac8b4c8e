package tests

import (
	"context"
	"errors"
	"io"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// tester is a *testing.T or a *rapid.T.
type tester interface {
	require.TestingT
	Helper()
}

// framesPeer is a connection to a service that takes streams of frames Q and
// answers each with a receipt R.
type framesPeer[Q, R any] struct {
	positions

	conn *grpc.ClientConn
	// method is the full name of the call that collect makes.
	method  string
	collect func(context.Context, ...grpc.CallOption) (grpc.ClientStreamingClient[Q, R], error)
}

// frameStream is one open stream of frames. One goroutine uses it at a time.
type frameStream[Q, R any] struct {
	stream grpc.ClientStreamingClient[Q, R]
	cancel context.CancelFunc
	// receipt and err are the outcome once answered is set.
	answered bool
	receipt  *R
	err      error
}

// open opens a stream and sends its first messages.
func (p framesPeer[Q, R]) open(ctx context.Context, messages ...*Q) (*frameStream[Q, R], error) {
	ctx, cancel := context.WithCancel(ctx)
	stream, err := p.collect(ctx)
	if err != nil {
		cancel()
		return nil, err
	}
	s := &frameStream[Q, R]{stream: stream, cancel: cancel}
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
func (p framesPeer[Q, R]) mustOpen(ctx context.Context, t tester, messages ...*Q) (*frameStream[Q, R], *streamv1.Hello) {
	t.Helper()
	s, err := p.open(ctx, messages...)
	require.NoError(t, err)
	hello, err := s.hello()
	require.NoError(t, err)
	return s, hello
}

// deliver sends messages, closes the client's side and returns the outcome.
func (p framesPeer[Q, R]) deliver(ctx context.Context, messages ...*Q) (*R, error) {
	s, err := p.open(ctx, messages...)
	if err != nil {
		return nil, err
	}
	return s.finish()
}

// deliverRaw is deliver for raw messages.
func (p framesPeer[Q, R]) deliverRaw(ctx context.Context, messages ...[]byte) (*R, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := p.conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true}, p.method, grpc.ForceCodecV2(rawCodec{}))
	if err != nil {
		return nil, err
	}
	for _, message := range messages {
		if s.SendMsg(message) != nil {
			break // RecvMsg tells why
		}
	}
	if err := s.CloseSend(); err != nil {
		return nil, err
	}
	receipt := new(R)
	return receipt, s.RecvMsg(receipt)
}

// send sends a message. When the server has ended the stream it returns why,
// and errAnswered when that was with a receipt.
func (s *frameStream[Q, R]) send(message *Q) error {
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
func (s *frameStream[Q, R]) outcome() (*R, error) {
	if !s.answered {
		s.answered = true
		s.receipt = new(R)
		s.err = s.stream.RecvMsg(s.receipt)
	}
	return s.receipt, s.err
}

// finish closes the client's side and returns the receipt.
func (s *frameStream[Q, R]) finish() (*R, error) {
	defer s.cancel()
	if err := s.stream.CloseSend(); err != nil {
		return nil, err
	}
	return s.outcome()
}

// ended waits until the server ends the stream and returns why.
func (s *frameStream[Q, R]) ended() error {
	defer s.cancel()
	_, err := s.outcome()
	return err
}

// hello waits for the response headers. When the stream ends without them it
// returns why.
func (s *frameStream[Q, R]) hello() (*streamv1.Hello, error) {
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
