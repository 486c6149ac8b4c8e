package tests

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
)

// TestAttackByTenThousandIdleStreams opens them over ten connections, which is what
// these take, and sends nothing. Memory, or the streams of an address, bound how
// many stay; those are cut. Another tenant at another address is served meanwhile.
func TestAttackByTenThousandIdleStreams(t *testing.T) {
	const streams, connections = 10_000, 10
	tests := map[string]struct {
		budget  string
		refused string
		// held is how many streams may be open at once, and rss what the process may
		// take.
		held int
		rss  int64
	}{
		// Half of the budget for one tenant, and 2 MiB for each stream.
		"bounded_by_memory":  {budget: "128MiB", refused: "MEMORY_EXHAUSTED", held: 32, rss: 256 << 20},
		"bounded_by_streams": {budget: "32GiB", refused: "TOO_MANY_STREAMS", held: 2000, rss: 384 << 20},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			i := newIssuer(t)
			s := startServer(t, append(i.args(t), "--memory-budget", tt.budget, "--streams-idle-timeout", "5s")...)
			ctx := bounded(t)
			bob := []string{"authorization", "Bearer " + i.token(t, "umbrella", nil)}
			stop := s.serveNeighbour(withToken(ctx, i.token(t, "acme", nil)), t)
			var all sync.WaitGroup
			counts := make([]endings, connections)
			for n := range connections {
				a := attack(t, s.Addr, streams/connections)
				counts[n] = endings{}
				all.Go(func() { a.idle(ctx, t, streams/connections, counts[n], bob) })
			}
			all.Wait()
			stop()
			count := endings{}
			for _, c := range counts {
				for reason, n := range c {
					count[reason] += n
				}
			}
			t.Logf("%v", count)
			// Those that wait for their refusal count among an address's streams too.
			require.Equal(t, streams, count["STREAM_IDLE"]+count["MEMORY_EXHAUSTED"]+count["TOO_MANY_STREAMS"])
			require.GreaterOrEqual(t, count[tt.refused], streams/2)
			require.GreaterOrEqual(t, count["STREAM_IDLE"], tt.held/2)
			s.requireRSS(t, tt.rss)
		})
	}
}

// idle opens n streams at once and waits until the server has ended all of them.
func (a *attacker) idle(ctx context.Context, t *testing.T, n int, count endings, fields []string) {
	for range n {
		if _, err := a.open(uploadFile, false, fields...); err != nil {
			t.Error(err)
			return
		}
	}
	for range n {
		end, err := a.end(ctx)
		if err != nil {
			t.Errorf("of %d streams only %d ended: %v", n, count.total(), err)
			return
		}
		count.add(end.err)
		if r := refusalOf(end.err); r.code == codes.ResourceExhausted && r.retryAfter <= 0 {
			t.Errorf("a refusal without RetryInfo: %v", end.err)
		}
	}
}
