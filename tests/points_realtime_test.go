package tests

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/client"
)

// realTime bounds how long a point may take to be durable, and to be seen by a
// query that waits for it. It allows for a machine that is very busy.
const realTime = 10 * time.Second

func testRealTimeStreaming(t *testing.T, s *collector) {
	t.Helper()
	t.Run("frame_by_frame", func(t *testing.T) { testRealTimeFrames(t, s) })
	t.Run("with_the_SDK", func(t *testing.T) { testRealTimeSDK(t, s) })
}

// tickStart is the time of the first tick, which is the same in the whole run.
var tickStart = time.Now().Add(-10 * time.Minute).UnixNano()

// tick is the point of one moment.
func tick(source string, i int64) *collectorv1.DataPoint {
	return &collectorv1.DataPoint{
		Source: source, Timestamp: tickStart + i,
		Metrics: map[string]float64{"load": float64(i) / 3, "free": float64(-i)},
	}
}

func testRealTimeFrames(t *testing.T, s *collector) {
	t.Helper()
	ctx := bounded(t)
	const frames, source = 30, "live"
	id := uuid.NewString()
	stream, _ := s.mustOpen(ctx, t, producer(id, 0))
	watch, err := s.watchPosition(ctx, id)
	require.NoError(t, err)
	want, told := stored{}, newTally()
	var slowest time.Duration
	for sequence := int64(1); sequence <= frames; sequence++ {
		point := tick(source, sequence)
		began := time.Now()
		require.NoError(t, stream.send(numberedFrame(sequence, point)))
		require.NoError(t, within(realTime, func() error { return watch.durable(sequence) }))
		slowest = max(slowest, time.Since(began))
		want.take(point)
		told.take(sequence, []sentPoint{{DataPoint: point}})
		if sequence%3 == 0 {
			s.requireQueried(ctx, t, want, ofSource(source), waitFor(id, sequence))
		}
	}
	t.Logf("the slowest of %d frames was durable after %v", frames, slowest)
	receipt, err := stream.finish()
	require.NoError(t, err)
	told.requireReceipt(t, receipt)
}

func testRealTimeSDK(t *testing.T, s *collector) {
	t.Helper()
	ctx := bounded(t)
	const points, source = 40, "live-sdk"
	id := uuid.NewString()
	var durable, frames atomic.Int64
	channel := make(chan *client.DataPoint)
	ended := make(chan error, 1)
	c := s.sdk(t)
	go func() {
		_, err := c.SendDataPoints(ctx, channel, client.WithProducer(id, 0),
			client.WithBatchDelay(5*time.Millisecond), client.WithProgressInterval(time.Millisecond),
			client.WithSendProgress(func(p client.SendProgress) {
				frames.Store(p.DurableFrames)
				durable.Store(p.Durable)
			}))
		ended <- err
	}()
	want := stored{}
	for i := range int64(points) {
		point := tick(source, i)
		channel <- point
		want.take(point)
		if i%4 != 0 {
			continue
		}
		require.Eventually(t, func() bool { return durable.Load() == i+1 }, realTime, time.Millisecond)
		s.requireQueried(ctx, t, want, ofSource(source), waitFor(id, frames.Load()))
	}
	close(channel)
	require.NoError(t, <-ended)
	s.requireQueried(ctx, t, want, ofSource(source), waitFor(id, s.mustPosition(ctx, t, id).GetPosition().GetDurable()))
}
