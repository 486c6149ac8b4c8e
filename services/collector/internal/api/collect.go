package api

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/wire"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

type collectStream = grpc.ClientStreamingServer[collectorv1.CollectDataPointsRequest, collectorv1.CollectDataPointsResponse]

// settleTime is how long a stream that was cut waits until what it brought is
// durable, so that the client is told the largest position.
const settleTime = 5 * time.Second

// CollectDataPoints implements collectorv1.DataCollectionServiceServer: it takes
// a stream from its first message to the receipt.
func (s *Service) CollectDataPoints(rpc collectStream) (err error) {
	defer func() { s.metrics.streamEnded(err) }()
	stream, err := s.streams.Open(rpc.Context(), collectorv1.DataCollectionService_CollectDataPoints_FullMethodName)
	if err != nil {
		return err
	}
	in := ingest.Receive(stream.Context(), rpc, func() *wire.Raw { return new(wire.Raw) })
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
func (s *Service) collect(rpc collectStream, stream *ingest.Stream, in *ingest.Receiver[*wire.Raw], first *wire.Raw) error {
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
	receipt, err := s.carry(rpc, stream, in, first, collection)
	if err != nil {
		settle(stream, collection)
		return err
	}
	if !collection.Repeated() {
		s.metrics.answered(receipt)
	}
	return rpc.SendAndClose(receipt)
}

// carry takes messages in until the client has sent everything.
func (s *Service) carry(
	rpc collectStream, stream *ingest.Stream, in *ingest.Receiver[*wire.Raw], first *wire.Raw, collection *core.Collection,
) (*collectorv1.CollectDataPointsResponse, error) {
	ctx := stream.Context()
	if err := collection.Begin(ctx); err != nil {
		return nil, err
	}
	collection.OnFailure(stream.Cut)
	if err := stream.SayHello(rpc, s.hello(ctx, collection)); err != nil {
		return nil, err
	}
	message, err := first, error(nil)
	for err == nil {
		stream.Count(message.PayloadBytes())
		if err := collection.Take(ctx, message.Bytes); err != nil {
			return nil, err
		}
		in.Release(message)
		message, err = in.Next()
	}
	if !errors.Is(err, io.EOF) {
		return nil, err
	}
	stream.Finishing()
	return collection.Finish(ctx)
}

func (s *Service) open(stream *ingest.Stream, first *wire.Raw) (*core.Collection, error) {
	producerID, epoch, err := s.collector.Header(first.Bytes)
	if err != nil {
		return nil, err
	}
	return s.collector.Open(stream.Context(), core.Opening{
		Key: keyOf(stream.Context(), producerID), Epoch: epoch, StartedAt: stream.StartedAt,
	})
}

// settle waits until what the stream brought is durable. It helps the client to
// send less again, so a failure does not matter.
func settle(stream *ingest.Stream, collection *core.Collection) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(stream.Context()), settleTime)
	defer cancel()
	_ = collection.Settle(ctx)
}

func (s *Service) hello(ctx context.Context, collection *core.Collection) *streamv1.Hello {
	hello := &streamv1.Hello{
		Next:            collection.Position().Received + 1,
		MaxMessageBytes: int64(s.messageBytes),
		MaxFrameItems:   int32(s.frameItems),
		Features:        []streamv1.Feature{streamv1.Feature_FEATURE_RESUME},
	}
	if deadline, ok := ctx.Deadline(); ok {
		hello.Deadline = timestamppb.New(deadline)
	}
	return hello
}
