package testserver

import (
	"context"
	"errors"
	"io"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// Call makes a call with one message and returns the response's headers.
type Call func(ctx context.Context, conn *grpc.ClientConn, text string) (metadata.MD, error)

// BothWays runs test for the unary method and for the stream.
func BothWays(t *testing.T, test func(t *testing.T, call Call)) {
	t.Helper()
	t.Run("unary", func(t *testing.T) { test(t, CallUnary) })
	t.Run("stream", func(t *testing.T) { test(t, CallStream) })
}

// CallUnary calls the unary method.
func CallUnary(ctx context.Context, conn *grpc.ClientConn, text string) (metadata.MD, error) {
	var header metadata.MD
	err := conn.Invoke(ctx, UnaryMethod, wrapperspb.String(text), &wrapperspb.StringValue{}, grpc.Header(&header))
	return header, err
}

// CallStream calls the streaming method.
func CallStream(ctx context.Context, conn *grpc.ClientConn, text string) (metadata.MD, error) {
	stream, err := Open(ctx, conn)
	if err != nil {
		return nil, err
	}
	// A failed send returns io.EOF; receiving tells the reason.
	if err := stream.SendMsg(wrapperspb.String(text)); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return Finish(stream)
}

// Open starts the streaming method.
func Open(ctx context.Context, conn *grpc.ClientConn, options ...grpc.CallOption) (grpc.ClientStream, error) {
	return conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true}, StreamMethod, options...)
}

// Finish closes the sending side and waits for the response.
func Finish(stream grpc.ClientStream) (metadata.MD, error) {
	if err := stream.CloseSend(); err != nil {
		return nil, err
	}
	if err := stream.RecvMsg(&wrapperspb.StringValue{}); err != nil {
		header, _ := stream.Header() // The call's own error says more.
		return header, err
	}
	return stream.Header()
}

// Text returns a message of the test service.
func Text(text string) *wrapperspb.StringValue { return wrapperspb.String(text) }
