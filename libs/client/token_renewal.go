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

// renewal gets other credentials in the place of those that were refused: a token,
// or else a certificate.
type renewal struct {
	// source is nil where calls carry no token.
	source TokenSource
	// certificate is nil where connections present none.
	certificate *clientCertificate
}

// renewed tells whether the next call has better credentials than one that failed
// with err. A source that fails now may do better then.
func (r renewal) renewed(ctx context.Context, used *usedToken, err error) bool {
	if r.source == nil {
		e, known := errors.AsType[*Error](err)
		return known && r.certificate != nil && r.certificate.renewed(ctx, e.Reason)
	}
	refused, ok := used.get()
	if !ok {
		return false
	}
	if source, ok := r.source.(TokenInvalidator); ok {
		source.Invalidate(refused)
	}
	token, err := r.source.Token(ctx)
	return err != nil || token != refused
}

// unary makes a call again that was refused for its credentials: it did nothing.
func (r renewal) unary(
	ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption,
) error {
	used := new(usedToken)
	err := invoke(used.in(ctx), method, req, reply, conn, opts...)
	if known := FromStatus(err); refusesToken(known) && r.renewed(ctx, used, known) {
		return invoke(ctx, method, req, reply, conn, opts...)
	}
	return err
}
