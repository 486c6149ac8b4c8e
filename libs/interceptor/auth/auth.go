// Package auth finds out on whose behalf a call is made.
//
// A call is authenticated once, at its start. Unlike go-grpc-middleware's, these
// interceptors have no hook by which a service could switch authentication off.
package auth

import (
	"context"

	middleware "github.com/grpc-ecosystem/go-grpc-middleware/v2"
	"google.golang.org/grpc"

	"github.com/sluice-ingest/sluice/libs/interceptor/internal/logfield"
	"github.com/sluice-ingest/sluice/libs/interceptor/internal/method"
	"github.com/sluice-ingest/sluice/libs/principal"
)

// Authenticator finds the principal of a call from the context's incoming
// metadata. Its error is a [problem.Error] that tells the caller what to send.
// Safe for concurrent use.
//
// [problem.Error]: https://pkg.go.dev/github.com/sluice-ingest/sluice/libs/problem#Error
type Authenticator interface {
	Authenticate(ctx context.Context) (principal.Principal, error)
}

// Anonymous takes every call for one of [principal.Anonymous].
type Anonymous struct{}

// Authenticate returns [principal.Anonymous].
func (Anonymous) Authenticate(context.Context) (principal.Principal, error) {
	return principal.Anonymous, nil
}

// Auth puts the principal into the context of every call. Health checks are
// exempt: theirs has none. Reflection is not exempt.
type Auth struct {
	authenticator Authenticator
}

// New returns an Auth that asks authenticator.
func New(authenticator Authenticator) *Auth { return &Auth{authenticator: authenticator} }

// Unary is the interceptor for unary calls.
func (a *Auth) Unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	ctx, err := a.authenticate(ctx, info.FullMethod)
	if err != nil {
		return nil, err
	}
	return handler(ctx, req)
}

// Stream is the interceptor for streams.
func (a *Auth) Stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	ctx, err := a.authenticate(stream.Context(), info.FullMethod)
	if err != nil {
		return err
	}
	wrapped := middleware.WrapServerStream(stream)
	wrapped.WrappedContext = ctx
	return handler(srv, wrapped)
}

func (a *Auth) authenticate(ctx context.Context, fullMethod string) (context.Context, error) {
	if method.IsHealth(fullMethod) {
		return ctx, nil
	}
	p, err := a.authenticator.Authenticate(ctx)
	if err != nil {
		return nil, err
	}
	logfield.AddPrincipal(ctx, p)
	return principal.With(ctx, p), nil
}
