// Package testserver is a small gRPC server in memory for the chain's tests. It
// has one unary and one client-streaming method that share a handler, the
// health service and reflection.
package testserver

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// Service is the full name of the test service. It is that of a real one, since
// the chain refuses methods that it does not know.
const Service = "sluice.fileupload.v1.FileUploadService"

// The names of its methods.
const (
	Unary  = "GetFile"
	Stream = "UploadFile"

	UnaryMethod  = "/" + Service + "/" + Unary
	StreamMethod = "/" + Service + "/" + Stream
)

// Handler is what both methods do with a message.
type Handler func(ctx context.Context, text string) error

// Start serves handler with these options until the test ends, and returns a
// connection to it.
func Start(t *testing.T, handler Handler, options ...grpc.ServerOption) *grpc.ClientConn {
	t.Helper()
	listener := Serve(t, handler, options...)
	conn, err := grpc.NewClient("passthrough:///test",
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return conn
}

// Serve serves handler with these options until the test ends, for clients
// that gRPC has not.
func Serve(t *testing.T, handler Handler, options ...grpc.ServerOption) *bufconn.Listener {
	t.Helper()
	server := grpc.NewServer(options...)
	server.RegisterService(describe(handler), nil)
	healthv1.RegisterHealthServer(server, health.NewServer())
	reflection.Register(server)

	listener := bufconn.Listen(1 << 16)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-done)
	})
	return listener
}

func describe(handler Handler) *grpc.ServiceDesc {
	return &grpc.ServiceDesc{
		ServiceName: Service,
		Methods: []grpc.MethodDesc{{
			MethodName: Unary,
			Handler: func(_ any, ctx context.Context, decode func(any) error, chain grpc.UnaryServerInterceptor) (any, error) {
				return unary(ctx, handler, decode, chain)
			},
		}},
		Streams: []grpc.StreamDesc{{
			StreamName:    Stream,
			ClientStreams: true,
			Handler:       func(_ any, s grpc.ServerStream) error { return stream(s, handler) },
		}},
	}
}

func unary(ctx context.Context, handler Handler, decode func(any) error, chain grpc.UnaryServerInterceptor) (any, error) {
	request := &wrapperspb.StringValue{}
	if err := decode(request); err != nil {
		return nil, err
	}
	call := func(ctx context.Context, req any) (any, error) {
		return request, handler(ctx, req.(*wrapperspb.StringValue).GetValue())
	}
	if chain == nil {
		return call(ctx, request)
	}
	return chain(ctx, request, &grpc.UnaryServerInfo{FullMethod: UnaryMethod}, call)
}

func stream(s grpc.ServerStream, handler Handler) error {
	for {
		request := &wrapperspb.StringValue{}
		err := s.RecvMsg(request)
		if errors.Is(err, io.EOF) {
			return s.SendMsg(request)
		}
		if err != nil {
			return err
		}
		if err := handler(s.Context(), request.GetValue()); err != nil {
			return err
		}
	}
}
