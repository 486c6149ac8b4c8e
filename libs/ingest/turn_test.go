package ingest_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/flow"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/principal"
)

// work takes messages in turns until the stream ends, each of which costs a fixed
// time and one that goes with its size, and returns the time it has had.
func work(ctx context.Context, t *testing.T, registry *ingest.Registry, tenant string, bytes int) (had time.Duration) {
	t.Helper()
	stream, err := registry.Open(principal.With(ctx, principal.Principal{Tenant: tenant}), "m")
	if err != nil {
		t.Error(err)
		return 0
	}
	defer stream.Close()
	turn := stream.Turn()
	defer turn.Done()
	for turn.Take(bytes) == nil {
		cost := time.Microsecond + time.Duration(bytes)
		time.Sleep(cost)
		had += cost
	}
	return had
}

func TestTinyMessagesTakeNoMoreThanTheirTenantsShare(t *testing.T) {
	for name, size := range map[string]int{"of one byte": 1, "without content": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				registry := ingest.NewRegistry(&flow.Flow{Budget: flow.NewBudget(1 << 20), Turns: flow.NewTurns(2), StreamBytes: 1})
				ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
				defer stop()
				var all sync.WaitGroup
				var large time.Duration
				tiny := make([]time.Duration, 100)
				all.Go(func() { large = work(ctx, t, registry, "large", 64<<10) })
				for i := range tiny {
					all.Go(func() { tiny[i] = work(ctx, t, registry, "tiny", size) })
				}
				all.Wait()
				sum := large
				for _, had := range tiny {
					sum += had
				}
				require.InDelta(t, 0.5, float64(large)/float64(sum), 0.1)
			})
		})
	}
}
