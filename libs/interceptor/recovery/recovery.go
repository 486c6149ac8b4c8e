// Package recovery turns a panic into an INTERNAL error of its call, so that
// the other calls go on.
package recovery

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/recovery"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"go.uber.org/zap"
	"google.golang.org/grpc"

	"github.com/sluice-ingest/sluice/libs/interceptor/internal/logfield"
	"github.com/sluice-ingest/sluice/libs/status"
)

// Recovery catches panics, logs each with its stack, and counts them in
// sluice_<service>_panics_total. The caller gets the fixed text of an internal error. A
// panic in a goroutine that a handler started ends the process all the same.
type Recovery struct {
	log    *zap.Logger
	panics prometheus.Counter
}

// New returns a Recovery whose counter carries the service's name and is
// registered on reg. It panics when reg has such a counter already.
func New(service string, log *zap.Logger, reg prometheus.Registerer) *Recovery {
	return &Recovery{log: log, panics: promauto.With(reg).NewCounter(prometheus.CounterOpts{
		Name: "sluice_" + service + "_panics_total",
		Help: "Panics that were caught in calls.",
	})}
}

// Unary returns the interceptor for unary calls.
func (r *Recovery) Unary() grpc.UnaryServerInterceptor {
	return recovery.UnaryServerInterceptor(recovery.WithRecoveryHandlerContext(r.recovered))
}

// Stream returns the interceptor for streams.
func (r *Recovery) Stream() grpc.StreamServerInterceptor {
	return recovery.StreamServerInterceptor(recovery.WithRecoveryHandlerContext(r.recovered))
}

func (r *Recovery) recovered(ctx context.Context, value any) error {
	r.panics.Inc()
	method, _ := grpc.Method(ctx)
	r.log.With(logfield.From(ctx)...).Error("panic in a call",
		zap.String("full_method", method),
		zap.String("panic", fmt.Sprint(value)),
		zap.ByteString("stack", debug.Stack()))
	return status.From(fmt.Errorf("panic: %v", value))
}
