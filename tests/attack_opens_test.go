package tests

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

// TestAttackByTenThousandOpensASecond opens as many streams from one address as
// fast as they go, while another address is served.
func TestAttackByTenThousandOpensASecond(t *testing.T) {
	const opens, connections, perSecond, burst = 10_000, 4, 100, 200
	s := startServer(t, "--limits-address-calls-per-second", "100", "--limits-address-burst", "200")
	ctx := bounded(t)
	stop := s.serveNeighbour(ctx, t)
	begun := time.Now()
	var all sync.WaitGroup
	counts := make([]endings, connections)
	for i := range connections {
		a := attack(t, s.Addr, opens)
		counts[i] = endings{}
		all.Go(func() { a.openAndEnd(ctx, t, opens/connections, counts[i]) })
	}
	all.Wait()
	took := time.Since(begun)
	stop()
	count := endings{}
	for _, c := range counts {
		for reason, n := range c {
			count[reason] += n
		}
	}
	t.Logf("%d streams were opened within %s: %v", opens, took, count)
	require.Equal(t, opens, count.total())
	require.Equal(t, opens, count["RATE_LIMITED"]+count["EMPTY_STREAM"])
	require.LessOrEqual(t, count["EMPTY_STREAM"], burst+int(perSecond*(took+time.Second).Seconds()), "admitted")
	s.requireRSS(t, 192<<20)
}

// openAndEnd opens n streams that send nothing, many at a time, and counts how
// they end.
func (a *attacker) openAndEnd(ctx context.Context, t *testing.T, n int, count endings) {
	open := 0
	for begun := 0; begun < n || open > 0; {
		if begun < n && open < streamsAtOnce/2 {
			if _, err := a.open(uploadFile, true); err != nil {
				t.Errorf("open stream %d: %v", begun, err)
				return
			}
			begun++
			open++
			continue
		}
		end, err := a.end(ctx)
		if err != nil {
			t.Errorf("wait for %d streams: %v", open, err)
			return
		}
		open--
		count.add(end.err)
		if r := refusalOf(end.err); r.code == codes.ResourceExhausted && r.retryAfter <= 0 {
			t.Errorf("a refusal without RetryInfo: %v", end.err)
		}
	}
}

// serveNeighbour has a well-behaved client at another address upload small files,
// until stop.
func (s *server) serveNeighbour(ctx context.Context, t *testing.T) (stop func()) {
	t.Helper()
	p := dial(t, s.Addr, from(neighbour))
	content := testkit.NewContent(8, 2*chunkSize)
	return throughout(ctx, t, func(ctx context.Context) error {
		_, _, err := p.resume(ctx, "neighbour.bin", uuid.NewString(), content)
		return err
	})
}
