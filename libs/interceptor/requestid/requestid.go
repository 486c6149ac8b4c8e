// Package requestid gives every call an id that its log lines carry and its
// caller knows.
package requestid

import (
	"context"
	"regexp"

	"github.com/google/uuid"
	middleware "github.com/grpc-ecosystem/go-grpc-middleware/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/sluice-ingest/sluice/libs/interceptor/internal/logfield"
)

// Header is the metadata key of the id, in the request and in the response's
// headers.
const Header = "x-request-id"

// sane is what the log and the response header take from a caller.
var sane = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

type contextKey struct{}

// From returns the call's id, or "" outside a call.
func From(ctx context.Context) string {
	id, _ := ctx.Value(contextKey{}).(string)
	return id
}

// Unary gives each call the id that its caller sent, when that is 1 to 64
// characters of A-Z, a-z, 0-9, ".", "_" and "-", or else a random UUID. The id
// is in the handler's context and in the response's headers.
func Unary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	id := choose(ctx)
	if err := grpc.SetHeader(ctx, metadata.Pairs(Header, id)); err != nil {
		return nil, err
	}
	return handler(with(ctx, id), req)
}

// Stream does the same as [Unary]. It does not send the headers: a service
// adds its own to them later.
func Stream(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	id := choose(stream.Context())
	if err := stream.SetHeader(metadata.Pairs(Header, id)); err != nil {
		return err
	}
	wrapped := middleware.WrapServerStream(stream)
	wrapped.WrappedContext = with(stream.Context(), id)
	return handler(srv, wrapped)
}

func choose(ctx context.Context) string {
	if sent := metadata.ValueFromIncomingContext(ctx, Header); len(sent) == 1 && sane.MatchString(sent[0]) {
		return sent[0]
	}
	return uuid.NewString()
}

func with(ctx context.Context, id string) context.Context {
	return logfield.WithRequestID(context.WithValue(ctx, contextKey{}, id), id)
}
