// Package problems turns the errors of handlers and inner links into gRPC
// statuses, and logs what the caller does not get to see of them.
package problems

import (
	"context"

	"go.uber.org/zap"
	"google.golang.org/grpc"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/sluice-ingest/sluice/libs/interceptor/internal/logfield"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/status"
)

// Problems converts errors with [status.From]. When the status holds less than
// the error, such as the cause of an internal error, it logs the error whole
// under the call's request id.
type Problems struct {
	log *zap.Logger
}

// New returns a Problems that logs to log.
func New(log *zap.Logger) *Problems { return &Problems{log: log} }

// Unary is the interceptor for unary calls.
func (p *Problems) Unary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	resp, err := handler(ctx, req)
	if err != nil {
		return nil, p.convert(ctx, err)
	}
	return resp, nil
}

// Stream is the interceptor for streams.
func (p *Problems) Stream(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if err := handler(srv, stream); err != nil {
		return p.convert(stream.Context(), err)
	}
	return nil
}

func (p *Problems) convert(ctx context.Context, err error) error {
	converted := status.From(err)
	if err.Error() == converted.Error() {
		return converted // The error was a status.
	}
	st := grpcstatus.Convert(converted)
	if err.Error() == st.Message() || problem.ReasonOf(err) == problem.ClientGone {
		return converted // Nothing is hidden, or there is nobody to hide it from.
	}
	if entry := p.log.Check(logfield.Level(st.Code()), "call failed"); entry != nil {
		entry.Write(append(logfield.From(ctx),
			zap.String("reason", string(problem.ReasonOf(err))), zap.Error(err))...)
	}
	return converted
}
