// Package logfield carries what the chain learns of a call to its log lines:
// the request id from the outside, the principal from the inside.
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

// AddPrincipal puts p on the log lines of the call, those of the outer links
// too. Call it before the handler runs: it is not safe for concurrent use.
func AddPrincipal(ctx context.Context, p principal.Principal) {
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
