// Package lifetime ends streams: when their credentials end, when they are too
// old, and when their client sends nothing or too little.
//
// A stream is ended by its context, whose cause is the problem that the client
// is told. The handler of a client stream then makes durable what it has
// received and adds the position to the cause, as package ingest does.
package lifetime

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"

	"github.com/sluice-ingest/sluice/libs/interceptor/internal/method"
	"github.com/sluice-ingest/sluice/libs/principal"
)

// ageJitter is the share of the largest age by which streams may end earlier,
// so that streams that began together do not come back together.
const ageJitter = 0.1

// Lifetime bounds how long streams go on. Safe for concurrent use.
type Lifetime struct {
	cfg    Config
	causes causes
	cuts   cuts
	// random returns a number in [0, 1).
	random func() float64
}

// New returns a Lifetime by a valid configuration. It registers
// sluice_<service>_streams_cut_total on reg, and panics when reg has it already.
func New(service string, cfg Config, reg prometheus.Registerer) *Lifetime {
	return &Lifetime{cfg: cfg, causes: newCauses(cfg), cuts: newCuts(service, reg), random: rand.Float64}
}

// Unary ends the call's context when the credentials do: one that waits or reads
// much may take long. It returns when the handler does.
func (l *Lifetime) Unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	who := principal.From(ctx)
	bounds := bounds{expiresAt: who.ExpiresAt, revoked: who.Revoked}
	if !bounds.any() || method.IsHealth(info.FullMethod) {
		return handler(ctx, req)
	}
	life := begin(ctx, bounds, l.causes, l.cuts)
	defer life.end()
	answer, err := handler(life.ctx, req)
	return answer, life.settle(outcome{err: err})
}

// Stream ends the stream's context at the first bound that it meets. It returns
// when the handler does, and at most 10 s after the cut, with the cause, while
// the handler is stuck. Health checks and reflection have no bounds.
func (l *Lifetime) Stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if method.IsHealth(info.FullMethod) || method.IsReflection(info.FullMethod) {
		return handler(srv, stream)
	}
	bounds := l.boundsOf(principal.From(stream.Context()), info.IsClientStream)
	if !bounds.any() {
		return handler(srv, stream)
	}
	life := begin(stream.Context(), bounds, l.causes, l.cuts)
	defer life.end()
	wrapped := wrap(stream, life, info)
	return life.run(func() error { return handler(srv, wrapped) })
}

func (l *Lifetime) boundsOf(p principal.Principal, receives bool) bounds {
	// The one request of a server stream has to come as well: until then it holds
	// a window.
	b := bounds{expiresAt: p.ExpiresAt, revoked: p.Revoked, age: l.age(), idle: l.cfg.IdleTimeout}
	if receives {
		b.bytesPerSecond, b.rateWindow = int64(l.cfg.MinBytesPerSecond), l.cfg.MinRateWindow
	}
	return b
}

// age is the largest age of one stream.
func (l *Lifetime) age() time.Duration {
	return time.Duration(float64(l.cfg.MaxAge) * (1 - ageJitter*l.random()))
}
