package client

import (
	"context"
	"errors"

	"google.golang.org/grpc"
)

// refusesToken tells whether another token can help.
func refusesToken(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	switch e.Reason {
	case reasonTokenExpired, reasonCredentialsExpired, reasonCredentialsRevoked:
		return true
	default:
		return false
	}
}

// renewal gets another token in the place of one that was refused.
type renewal struct {
	// source is nil where calls carry no token.
	source TokenSource
}

// renewed tells whether the next call has a better token. A source that fails
// now may do better then.
func (r renewal) renewed(ctx context.Context, used *usedToken) bool {
	refused, ok := used.get()
	if !ok || r.source == nil {
		return false
	}
	if source, ok := r.source.(TokenInvalidator); ok {
		source.Invalidate(refused)
	}
	token, err := r.source.Token(ctx)
	return err != nil || token != refused
}

// unary makes a call again that was refused for its token: it did nothing.
func (r renewal) unary(
	ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption,
) error {
	used := new(usedToken)
	err := invoke(used.in(ctx), method, req, reply, conn, opts...)
	if refusesToken(FromStatus(err)) && r.renewed(ctx, used) {
		return invoke(ctx, method, req, reply, conn, opts...)
	}
	return err
}
