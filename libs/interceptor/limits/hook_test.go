package limits

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/principal"
)

func TestNoHookWithoutARate(t *testing.T) {
	l := New("test", DefaultConfig(), prometheus.NewRegistry())
	v, err := l.admitStream(principal.Anonymous)
	require.NoError(t, err)
	require.Equal(t, t.Context(), withHook(t.Context(), l.clock, v.principal, v.tenant))
}

func TestNothingIsKeptWithoutLimits(t *testing.T) {
	require.True(t, New("test", Config{}, prometheus.NewRegistry()).off)
	require.False(t, New("test", Config{Tenants: []string{"a=streams:1"}}, prometheus.NewRegistry()).off)
}

func TestReceivedAllocatesNothing(t *testing.T) {
	h := newHook(t, 4)
	require.Zero(t, testing.AllocsPerRun(1000, func() { _ = h.Received(1000) }))
}

// newHook returns the hook of a stream that so many limits hold for, all of
// them out of reach.
func newHook(tb testing.TB, lanes int) *hook {
	tb.Helper()
	c := clock(time.Now())
	h := &hook{ctx: tb.Context(), clock: c}
	maker := maker{subject: "tenant", clock: c, throttled: newThrottled("test", prometheus.NewRegistry())}
	for i := range lanes {
		h.lanes = append(h.lanes, lane{pacer: maker.pacer("bytes_per_second", 1e15), bytes: i%2 == 0})
	}
	return h
}

func BenchmarkReceived(b *testing.B) {
	for name, lanes := range map[string]int{"one limit": 1, "two limits": 2, "all four": 4} {
		b.Run(name, func(b *testing.B) {
			h := newHook(b, lanes)
			b.ReportAllocs()
			for b.Loop() {
				_ = h.Received(64 << 10)
			}
		})
	}
}

// BenchmarkReceivedBeside has as many streams receive as there are processors.
func BenchmarkReceivedBeside(b *testing.B) {
	shared := newHook(b, 4)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		h := &hook{ctx: shared.ctx, clock: shared.clock}
		for _, l := range shared.lanes {
			h.lanes = append(h.lanes, lane{pacer: l.pacer, bytes: l.bytes})
		}
		for pb.Next() {
			_ = h.Received(64 << 10)
		}
	})
}
