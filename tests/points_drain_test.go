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

func TestDrainCutsAStreamOfPointsThatCanBeResumed(t *testing.T) {
	s := startCollector(t, "--drain-grace", "100ms", "--drain-timeout", "10s")
	ctx := bounded(t)
	const frames, source = 50, "drained"
	id := uuid.NewString()
	stream, _ := s.mustOpen(ctx, t, producer(id, 0))
	want := stored{}
	for i := int64(1); i <= frames; i++ {
		require.NoError(t, stream.send(numberedFrame(i, tick(source, i))))
		want.take(tick(source, i))
	}
	s.awaitDurable(ctx, t, id, frames)
	ended := make(chan error, 1)
	go func() { ended <- stream.ended() }()
	start := time.Now()
	require.NoError(t, s.Terminate(20*time.Second), "a clean drain exits with 0")
	require.Less(t, time.Since(start), 10*time.Second)
	r := requireRefused(t, <-ended, codes.Unavailable, "DRAINING")
	require.Positive(t, r.retryAfter)
	require.Equal(t, id, r.cut.GetWorkId())
	require.Equal(t, int64(frames), r.cut.GetPosition().GetReceived())
	require.Equal(t, int64(frames), r.cut.GetPosition().GetDurable())

	s.Restart()
	stream, hello := s.mustOpen(ctx, t, producer(id, 0))
	require.Equal(t, int64(frames+1), hello.GetNext())
	require.NoError(t, stream.send(numberedFrame(frames+1, tick(source, frames+1))))
	want.take(tick(source, frames+1))
	receipt, err := stream.finish()
	require.NoError(t, err)
	require.Equal(t, int64(frames+1), receipt.GetEpochTotals().GetSuccessfulCount())
	s.requireQueried(ctx, t, want, ofSource(source), waitFor(id, frames+1))
}

func TestDrainLetsAStreamOfPointsEndWithinItsGrace(t *testing.T) {
	s := startCollector(t, "--drain-grace", "30s", "--drain-timeout", "60s")
	ctx := bounded(t)
	const source = "graceful"
	id := uuid.NewString()
	stream, _ := s.mustOpen(ctx, t, producer(id, 0))
	watch, err := s.watchPosition(ctx, id)
	require.NoError(t, err)
	require.NoError(t, stream.send(numberedFrame(1, tick(source, 1))))
	require.NoError(t, watch.durable(1))
	s.Signal(syscall.SIGTERM)
	require.NoError(t, stream.send(numberedFrame(2, tick(source, 2))))
	require.NoError(t, watch.durable(2), "the watch goes on as long as the stream that needs it")
	receipt, err := stream.finish()
	require.NoError(t, err)
	require.Equal(t, int64(2), receipt.GetSuccessfulCount())
	require.NoError(t, s.Wait())
	s.Restart()
	want := stored{}
	want.take(tick(source, 1), tick(source, 2))
	s.requireQueried(ctx, t, want, ofSource(source), waitFor(id, 2))
}

// TestSDKGoesOnAfterADrain restarts the server while points come in.
func TestSDKGoesOnAfterADrain(t *testing.T) {
	s := startCollector(t, "--drain-grace", "10ms")
	ctx := bounded(t)
	const source, points, restarts = "restarted", 300, 2
	id := uuid.NewString()
	channel := make(chan *client.DataPoint)
	type outcome struct {
		result *client.SendResult
		err    error
	}
	ended := make(chan outcome, 1)
	c := s.sdk(t, client.WithRetry(patient))
	var durable atomic.Int64
	go func() {
		result, err := c.SendDataPoints(ctx, channel,
			client.WithProducer(id, 0), client.WithBatchSize(10), client.WithBatchDelay(time.Millisecond),
			client.WithProgressInterval(time.Millisecond),
			client.WithSendProgress(func(p client.SendProgress) { durable.Store(p.Durable) }))
		ended <- outcome{result, err}
	}()
	want := stored{}
	for i := range int64(points) {
		channel <- tick(source, i)
		want.take(tick(source, i))
		if i%100 == 50 && i/100 < restarts {
			require.Eventually(t, func() bool { return durable.Load() == i+1 }, realTime, time.Millisecond)
			require.NoError(t, s.Terminate(20*time.Second))
			s.Restart()
		}
	}
	close(channel)
	got := <-ended
	require.NoError(t, got.err)
	require.Equal(t, int64(points), got.result.Successful)
	require.Greater(t, got.result.Attempts, restarts)
	s.requireQueried(ctx, t, want, ofSource(source), waitFor(id, got.result.Position.Durable))
}
