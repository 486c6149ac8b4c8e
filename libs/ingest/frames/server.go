package frames

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/wire"
)

// settleTime is how long a stream that was cut waits until what it brought is
// durable, so that the client is told the largest position.
const settleTime = 5 * time.Second

// Collection is a service's stream of frames, answered by an R. It is a [Stream]
// with what the service does with the items.
type Collection[R proto.Message] interface {
	ProducerID() string
	Epoch() int64
	Position() producer.Position
	Begin(ctx context.Context) error
	OnFailure(cut func(cause error))
	Settle(ctx context.Context) error
	Close()
	Repeated() bool

	// Take takes an encoded message in. It does not keep data.
	Take(ctx context.Context, data []byte) error
	// Finish answers the stream.
	Finish(ctx context.Context) (R, error)
}

// Server serves the call that streams of one service come by. All fields are
// required. Safe for concurrent use.
type Server[R proto.Message] struct {
	// Method is the call's full name.
	Method  string
	Streams *ingest.Registry
	// MessageBytes is the largest encoded frame, and FrameItems the largest number
	// of items in one.
	MessageBytes, FrameItems int
	// NewWork refuses streams while the server takes nothing new.
	NewWork func() error
	// Header reads who opens a stream from its encoded first message.
	Header func(first []byte) (producerID string, epoch int64, err error)
	// Open opens a stream.
	Open func(ctx context.Context, o Opening) (Collection[R], error)
	// Answered is told of each answer that is not an earlier stream's.
	Answered func(R)
	// Ended is told how each stream ended: nil for an answer.
	Ended func(err error)
}

// Serve takes a stream from its first message to the receipt.
func (s *Server[R]) Serve(rpc grpc.ServerStream) (err error) {
	defer func() { s.Ended(err) }()
	if err := s.NewWork(); err != nil {
		return err
	}
	stream, err := s.Streams.Open(rpc.Context(), s.Method)
	if err != nil {
		return err
	}
	in := ingest.ReceiveAhead(stream, rpc, func() *wire.Raw { return new(wire.Raw) })
	defer func() {
		stream.Close()
		in.Close()
	}()
	first, err := in.Next()
	if errors.Is(err, io.EOF) {
		return problem.New(problem.EmptyStream, "the stream ended before its first message; send one that names the producer")
	}
	if err != nil {
		return stream.WithCut(err)
	}
	return stream.WithCut(s.collect(rpc, stream, in, first))
}

// collect opens the producer and carries it as far as the stream goes.
func (s *Server[R]) collect(rpc grpc.ServerStream, stream *ingest.Stream, in *ingest.Receiver[*wire.Raw], first *wire.Raw) error {
	collection, err := s.open(stream, first)
	if err != nil {
		return err
	}
	defer collection.Close()
	if err := stream.ClaimEpoch(collection.ProducerID(), collection.Epoch()); err != nil {
		return err
	}
	stream.Track(func() ingest.Position {
		position := collection.Position()
		return ingest.Position{Received: position.Received, Durable: position.Durable}
	})
	answer, err := s.carry(rpc, stream, in, first, collection)
	if err != nil {
		settle(stream, collection.Settle)
		return err
	}
	if !collection.Repeated() {
		s.Answered(answer)
	}
	return rpc.SendMsg(answer)
}

func (s *Server[R]) open(stream *ingest.Stream, first *wire.Raw) (Collection[R], error) {
	producerID, epoch, err := s.Header(first.Bytes)
	if err != nil {
		return nil, err
	}
	return s.Open(stream.Context(), Opening{
		Key: KeyOf(stream.Context(), producerID), Epoch: epoch, StartedAt: stream.StartedAt,
	})
}

// carry takes messages in until the client has sent everything.
func (s *Server[R]) carry(
	rpc grpc.ServerStream, stream *ingest.Stream, in *ingest.Receiver[*wire.Raw], first *wire.Raw, collection Collection[R],
) (answer R, err error) {
	ctx := stream.Context()
	if err := collection.Begin(ctx); err != nil {
		return answer, err
	}
	collection.OnFailure(stream.Cut)
	if err := stream.SayHello(rpc, s.hello(ctx, collection.Position())); err != nil {
		return answer, err
	}
	if err := s.take(stream, in, first, collection); !errors.Is(err, io.EOF) {
		return answer, err
	}
	stream.Finishing()
	return collection.Finish(ctx)
}

// take takes messages in, in the stream's turns, until it returns how they ended.
func (s *Server[R]) take(
	stream *ingest.Stream, in *ingest.Receiver[*wire.Raw], first *wire.Raw, collection Collection[R],
) (err error) {
	turn := stream.Turn()
	defer turn.Done()
	for message := first; err == nil; message, err = in.Next() {
		stream.Count(message.PayloadBytes())
		if err := turn.Take(message.PayloadBytes()); err != nil {
			return err
		}
		if err := collection.Take(stream.Context(), message.Bytes); err != nil {
			return err
		}
		in.Release(message)
		if !in.Ready() {
			turn.Done()
		}
	}
	return err
}

// settle waits until what the stream brought is durable. It helps the client to
// send less again, so a failure does not matter.
func settle(stream *ingest.Stream, wait func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(stream.Context()), settleTime)
	defer cancel()
	_ = wait(ctx)
}

func (s *Server[R]) hello(ctx context.Context, position producer.Position) *streamv1.Hello {
	hello := &streamv1.Hello{
		Next:            position.Received + 1,
		MaxMessageBytes: int64(s.MessageBytes),
		MaxFrameItems:   int32(s.FrameItems),
		Features:        []streamv1.Feature{streamv1.Feature_FEATURE_RESUME},
	}
	if deadline, ok := ctx.Deadline(); ok {
		hello.Deadline = timestamppb.New(deadline)
	}
	return hello
}
