package client

import (
	"context"
	"sync/atomic"

	"google.golang.org/grpc"
)

// answered remembers that a server has spoken gRPC with the client: what keeps a
// connection from being made after that is no mistake of its options. Safe for
// concurrent use.
type answered struct{ once atomic.Bool }

func (a *answered) options() []grpc.DialOption {
	return []grpc.DialOption{grpc.WithChainUnaryInterceptor(a.unary), grpc.WithChainStreamInterceptor(a.stream)}
}

func (a *answered) unary(
	ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption,
) error {
	err := invoke(ctx, method, req, reply, conn, opts...)
	if e, ok := AsError(err); err == nil || ok && e.Reason != "" {
		a.once.Store(true)
	}
	return err
}

// stream needs no answer: there is a stream only on a connection.
func (a *answered) stream(
	ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption,
) (grpc.ClientStream, error) {
	stream, err := open(ctx, desc, conn, method, opts...)
	if err == nil {
		a.once.Store(true)
	}
	return stream, err
}
