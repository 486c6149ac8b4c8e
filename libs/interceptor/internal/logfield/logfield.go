// Package logfield carries what the chain learns of a call to its log lines and
// to the audit log: the request id from the outside, the principal from the
// inside.
package logfield

import (
	"context"

	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/logging"
	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/principal"
)

// WithRequestID returns a context whose log lines carry the request id.
func WithRequestID(ctx context.Context, id string) context.Context {
	return logging.InjectFields(ctx, logging.Fields{"request_id", id})
}

type principalKey struct{}

// WithPrincipal returns a context of a call and its principal, which is zero
// until an inner link calls [AddPrincipal].
func WithPrincipal(ctx context.Context) (context.Context, *principal.Principal) {
	p := new(principal.Principal)
	return context.WithValue(ctx, principalKey{}, p), p
}

// AddPrincipal puts p on the log lines of the call, those of the outer links
// too, and hands it to the link that called [WithPrincipal]. Call it before the
// handler runs: it is not safe for concurrent use.
func AddPrincipal(ctx context.Context, p principal.Principal) {
	if outer, ok := ctx.Value(principalKey{}).(*principal.Principal); ok {
		*outer = p
	}
	logging.AddFields(ctx, logging.Fields{"tenant", p.Tenant, "subject", p.Subject})
}

// From returns the fields of the call.
func From(ctx context.Context) []zap.Field {
	return Zap(logging.ExtractFields(ctx))
}

// Zap turns the middleware's fields into zap's.
func Zap(fields logging.Fields) []zap.Field {
	converted := make([]zap.Field, 0, len(fields)/2)
	for i := fields.Iterator(); i.Next(); {
		converted = append(converted, zap.Any(i.At()))
	}
	return converted
}
