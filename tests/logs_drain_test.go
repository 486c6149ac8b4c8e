package tests

import (
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/sluice-ingest/sluice/libs/client"
)

// TestDrainCutsStreamsAndTailsOfLogs drains a server with an open stream, a
// watch, and tails of which one has not read.
func TestDrainCutsStreamsAndTailsOfLogs(t *testing.T) {
	s := startLogs(t, "--drain-grace", "100ms", "--drain-timeout", "10s", "--store-batch-interval", "1m")
	ctx := bounded(t)
	const frames = 50
	id := uuid.NewString()
	tail, lazy := s.tail(ctx, t, nil), s.tail(ctx, t, nil)
	stream, _ := s.mustOpen(ctx, t, logProducer(id, 0))
	var want indexedLogs
	for i := int64(1); i <= frames; i++ {
		require.NoError(t, stream.send(logFrame(i, plainLog("drained", i).logEntry)))
		want = want.with(plainLog("drained", i))
	}
	s.awaitDurable(ctx, t, id, frames)
	told, missed, err := tail.take(frames)
	require.NoError(t, err)
	require.Zero(t, missed)
	requireLogsInOrder(t, want, told)
	ended := make(chan error, 3)
	go func() { ended <- stream.ended() }()
	tails := make(chan error, 2)
	for _, l := range []*logTail{tail, lazy} {
		go func() { tails <- l.ended() }()
	}
	start := time.Now()
	require.NoError(t, s.Terminate(20*time.Second), "a clean drain exits with 0")
	require.Less(t, time.Since(start), 10*time.Second)
	r := requireRefused(t, <-ended, codes.Unavailable, "DRAINING")
	require.Positive(t, r.retryAfter)
	require.Equal(t, id, r.cut.GetWorkId())
	require.Equal(t, int64(frames), r.cut.GetPosition().GetReceived())
	require.Equal(t, int64(frames), r.cut.GetPosition().GetDurable())
	for range 2 {
		requireRefused(t, <-tails, codes.Unavailable, "DRAINING")
	}

	s.Restart()
	stream, hello := s.mustOpen(ctx, t, logProducer(id, 0))
	require.Equal(t, int64(frames+1), hello.GetNext())
	s.requireSearched(ctx, t, want, nil, nil) // The drain has stored it.
	require.NoError(t, stream.send(logFrame(frames+1, plainLog("drained", frames+1).logEntry)))
	want = want.with(plainLog("drained", frames+1))
	receipt, err := stream.finish()
	require.NoError(t, err)
	require.Equal(t, int64(frames+1), receipt.GetEpochTotals().GetIndexedCount())
	s.requireSearched(ctx, t, want, nil, waitFor(id, frames+1))
}

func TestDrainLetsAStreamOfLogsEndWithinItsGrace(t *testing.T) {
	s := startLogs(t, "--drain-grace", "30s", "--drain-timeout", "60s")
	ctx := bounded(t)
	id := uuid.NewString()
	stream, _ := s.mustOpen(ctx, t, logProducer(id, 0))
	watch, err := s.watchPosition(ctx, id)
	require.NoError(t, err)
	require.NoError(t, stream.send(logFrame(1, plainLog("graceful", 1).logEntry)))
	require.NoError(t, watch.durable(1))
	s.Signal(syscall.SIGTERM)
	require.NoError(t, stream.send(logFrame(2, plainLog("graceful", 2).logEntry)))
	require.NoError(t, watch.durable(2), "the watch goes on as long as the stream that needs it")
	receipt, err := stream.finish()
	require.NoError(t, err)
	require.Equal(t, int64(2), receipt.GetIndexedCount())
	require.NoError(t, s.Wait())
	s.Restart()
	var want indexedLogs
	want = want.with(plainLogs("graceful", 1, 3)...)
	s.requireSearched(ctx, t, want, nil, waitFor(id, 2))
}

// TestSDKTailsAndSendsOverDrains restarts the server while entries come in. The
// tail tells each entry once, but for those of the gaps that it tells of.
func TestSDKTailsAndSendsOverDrains(t *testing.T) {
	s := startLogs(t, "--drain-grace", "10ms")
	ctx := bounded(t)
	const entries, restarts = 300, 2
	id := uuid.NewString()
	c := s.sdk(t, client.WithRetry(relentless))
	tailed := followSDK(t, c)
	channel := make(chan *client.LogEntry)
	ended := make(chan error, 1)
	var result *client.LogResult
	var durable atomic.Int64
	go func() {
		var err error
		result, err = c.SendLogs(ctx, channel,
			client.WithProducer(id, 0), client.WithBatchSize(10), client.WithBatchDelay(time.Millisecond),
			client.WithProgressInterval(time.Millisecond),
			client.WithSendProgress(func(p client.SendProgress) { durable.Store(p.Durable) }))
		ended <- err
	}()
	var want indexedLogs
	for i := range int64(entries) {
		channel <- sdkEntry(plainLog("restarted", i).logEntry)
		want = want.with(plainLog("restarted", i))
		if i%100 == 50 && i/100 < restarts {
			require.Eventually(t, func() bool { return durable.Load() == i+1 }, realTime, time.Millisecond)
			require.NoError(t, s.Terminate(20*time.Second))
			s.Restart()
			tailed.awaitStarts(t, int(i/100)+2)
		}
	}
	close(channel)
	require.NoError(t, <-ended)
	require.Equal(t, int64(entries), result.Indexed)
	require.Greater(t, result.Attempts, restarts)
	s.requireSearched(ctx, t, want, nil, waitFor(id, result.Position.Durable))
	tailed.requireOnce(t, s, restarts)
}
