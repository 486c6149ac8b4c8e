package bench

import (
	"context"

	"google.golang.org/grpc"

	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
)

// frameService is a service that takes frames of items in, over one connection:
// all that measuring points and measuring logs differ in.
type frameService interface {
	// ping makes a small call.
	ping(ctx context.Context) error
	// collect opens a stream for frames.
	collect(ctx context.Context, opts ...grpc.CallOption) (grpc.ClientStream, error)
	// answer receives a stream's receipt and returns how many items it accepted.
	answer(stream grpc.ClientStream) (accepted int64, err error)
	// watch returns what receives a producer's durable position, once each time.
	watch(ctx context.Context, producerID string) (func() (durable int64, err error), error)
	// await returns once queries see what wait names.
	await(ctx context.Context, wait *queryv1.WaitFor) error
	// count counts what a query finds stored.
	count(ctx context.Context) (int64, error)
}
