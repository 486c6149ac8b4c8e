package client

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// receipt is the answer of a service to a stream of frames.
type receipt interface {
	proto.Message

	GetPosition() *streamv1.Position
	GetProcessingTime() *durationpb.Duration
}

// frameService is a service of the server that takes frames in and answers with
// a receipt R: all that sending points and sending logs differ in.
type frameService[R receipt] interface {
	// header is the first message of a stream. It carries no items.
	header(producerID string, epoch int64) proto.Message
	// collect opens a stream for frames.
	collect(ctx context.Context, opts ...grpc.CallOption) (grpc.ClientStream, error)
	// watch returns what receives the producer's positions, one each time.
	watch(ctx context.Context, producerID string) (func() (*streamv1.ProducerPosition, error), error)
	// newReceipt returns an empty one to decode into.
	newReceipt() R
	// counts returns what a receipt tells of the epoch. Totals of an older epoch
	// say nothing of it.
	counts(r R, epoch int64) *epochCounts
	// items is what frames hold, for people.
	items() string
	// locate tells in the error how many items of the call are durable.
	locate(e *Error, items int64)
}
