// Package principal says on whose behalf a call is made.
package principal

import (
	"context"
	"time"
)

// Principal is who makes a call. The tenant always comes from the credentials,
// never from a request.
type Principal struct {
	// Tenant whose data the call may touch.
	Tenant string
	// Subject of the credentials.
	Subject string
	// Credential names the credentials without a secret, for the audit log:
	// "key:7h2k5q3mxw4c", "jwt:<id>", "certificate:<serial>"; empty for none.
	Credential string
	// Scopes are what the principal may do.
	Scopes []Scope
	// Grants narrow what it may do it to.
	Grants Grants
	// ExpiresAt is when the credentials end; zero for never.
	ExpiresAt time.Time
	// Revoked is done as soon as the server learns that the credentials were
	// revoked. nil when they can't be.
	Revoked context.Context //nolint:containedctx // it stands for the credentials' life, not for a call
}

// Anonymous is the principal of every call to a server without
// authentication. It may do everything.
var Anonymous = Principal{Tenant: "default", Subject: "anonymous", Scopes: []Scope{All}}

type contextKey struct{}

// With returns a context that carries p.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// From returns the principal of ctx. The chain puts one into the context of
// every call that reaches a handler; a context without one is a programming
// error and yields the zero Principal, which owns nothing.
func From(ctx context.Context) Principal {
	p, _ := ctx.Value(contextKey{}).(Principal)
	return p
}
