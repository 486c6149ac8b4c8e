package lifetime

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"

	"github.com/sluice-ingest/sluice/libs/principal"
)

// ready is a stream whose next message is always there.
type ready struct{ grpc.ServerStream }

func (ready) RecvMsg(any) error { return nil }

// BenchmarkReceive is what a message costs more than without the link.
func BenchmarkReceive(b *testing.B) {
	for name, cfg := range map[string]Config{"default": DefaultConfig(), "file": FileConfig()} {
		b.Run(name, func(b *testing.B) {
			l := New("test", cfg, prometheus.NewRegistry())
			life := begin(b.Context(), l.boundsOf(principal.Anonymous, true), l.causes, l.cuts)
			defer life.end()
			s := wrap(ready{}, life, clientStream)
			b.ReportAllocs()
			for b.Loop() {
				_ = s.RecvMsg(nil)
				if s.rate != nil {
					_ = s.rate.Received(1 << 18)
				}
			}
		})
	}
}

// BenchmarkStream is what a stream costs that ends at once.
func BenchmarkStream(b *testing.B) {
	l := New("test", FileConfig(), prometheus.NewRegistry())
	who := principal.Principal{ExpiresAt: time.Now().Add(time.Hour), Revoked: b.Context()}
	s := &script{ctx: principal.With(b.Context(), who)}
	b.ReportAllocs()
	for b.Loop() {
		_ = l.Stream(nil, s, clientStream, func(any, grpc.ServerStream) error { return nil })
	}
}
