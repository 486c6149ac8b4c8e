// Package validation refuses requests that no method can mean, before a handler
// sees them: texts with a NUL, which databases and C libraries take for an end,
// and lists too long to be anything but an attack. What is right for a method, its
// handler decides.
//
// The messages that a service decodes by itself, frames and chunks, are not
// looked at: their items are checked one by one where they are decoded.
package validation

import (
	"context"

	middleware "github.com/grpc-ecosystem/go-grpc-middleware/v2"
	"google.golang.org/grpc"

	"github.com/sluice-ingest/sluice/libs/interceptor/message"
)

// Unary checks the request of a unary call, which it decodes before if it is large.
func Unary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if err := message.Decode(req); err != nil {
		return nil, err
	}
	if err := Check(req); err != nil {
		return nil, err
	}
	return handler(ctx, req)
}

// Stream has every message of a stream checked as it comes in.
func Stream(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	wrapped := middleware.WrapServerStream(stream)
	wrapped.WrappedContext = message.WithCheck(stream.Context(), Check)
	return handler(srv, wrapped)
}
