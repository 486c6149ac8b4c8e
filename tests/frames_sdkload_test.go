package tests

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/client"
)

// relentless retries for as long as a server may take to come back.
var relentless = client.RetryPolicy{MaxAttempts: 1000, InitialBackoff: 5 * time.Millisecond, MaxBackoff: 100 * time.Millisecond}

// sdkLoad is one producer that sends numbered items by the SDK until it is told
// to stop.
type sdkLoad struct {
	id string
	// frames that the SDK was told are durable.
	frames atomic.Int64
	// sent is the number of items, set when the feeding has ended.
	sent   int64
	result sdkResult
	err    error
	// ended is closed behind result and err.
	ended chan struct{}
}

// sdkResult is what the SDK tells of items, whatever they are.
type sdkResult struct {
	accepted, others, frames int64
	attempts                 int
}

// runLoad sends some items in every interval.
func runLoad[T any](
	ctx context.Context, id string, stop <-chan struct{}, item func(i int64) T,
	send func(ctx context.Context, items <-chan T, opts ...client.SendOption) (sdkResult, error),
) *sdkLoad {
	l := &sdkLoad{id: id, ended: make(chan struct{})}
	items := make(chan T)
	go feedLoad(ctx, l, stop, items, item)
	go func() {
		defer close(l.ended)
		l.result, l.err = send(ctx, items, client.WithProducer(id, 0),
			client.WithBatchSize(25), client.WithBatchDelay(3*time.Millisecond), client.WithProgressInterval(time.Millisecond),
			client.WithSendProgress(func(p client.SendProgress) { l.frames.Store(p.DurableFrames) }))
	}()
	return l
}

func feedLoad[T any](ctx context.Context, l *sdkLoad, stop <-chan struct{}, items chan<- T, item func(i int64) T) {
	defer close(items)
	const interval, together = 4 * time.Millisecond, 20
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-stop:
			return
		}
		for range together {
			select {
			case items <- item(l.sent):
				l.sent++
			case <-l.ended:
				return
			case <-ctx.Done():
				return
			}
		}
	}
}

// testManyKills kills the server at random moments while four producers send.
func testManyKills(t *testing.T, s loadServer) {
	t.Helper()
	const producers, kills, longest = 4, 20, 300 * time.Millisecond
	ctx := bounded(t)
	random := rand.New(rand.NewPCG(seed(t), 0))
	stop := make(chan struct{})
	loads := make([]*sdkLoad, producers)
	for i := range loads {
		loads[i] = s.startLoad(ctx, t, fmt.Sprintf("load-%d", i), stop)
	}
	for range kills {
		requireRunning(t, loads, time.Duration(random.Int64N(int64(longest))))
		s.Kill9()
		told := make([]int64, producers)
		for i, l := range loads {
			told[i] = l.frames.Load()
		}
		s.Restart()
		for i, l := range loads {
			if told[i] > 0 {
				position := s.mustPosition(ctx, t, l.id).GetPosition()
				require.GreaterOrEqual(t, position.GetDurable(), told[i], "%s: frames told durable before the kill", l.id)
			}
		}
	}
	close(stop)
	for _, l := range loads {
		<-l.ended
		require.NoError(t, l.err)
		require.Equal(t, l.sent, l.result.accepted, "the receipt of %s", l.id)
		require.Zero(t, l.result.others)
		t.Logf("%s: %d items in %d frames and %d attempts", l.id, l.sent, l.result.frames, l.result.attempts)
		s.requireNumbered(ctx, t, l.id, l.sent, waitFor(l.id, l.result.frames))
	}
}

// requireRunning waits and wants all to send until then.
func requireRunning(t *testing.T, loads []*sdkLoad, d time.Duration) {
	t.Helper()
	<-time.After(d)
	for _, l := range loads {
		select {
		case <-l.ended:
			t.Fatalf("%s ended before it should: %v", l.id, l.err)
		default:
		}
	}
}
