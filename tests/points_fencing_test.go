package tests

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

// TestFencedStreamsNeverMixTheirFrames lets many streams of one producer fight,
// each sending all the time. Between two greetings only frames of the first of
// the two streams are taken.
func TestFencedStreamsNeverMixTheirFrames(t *testing.T) {
	s := startCollector(t)
	ctx := bounded(t)
	const streams, source = 20, "fight"
	id := uuid.NewString()
	fenced := make(chan error, streams)
	begins := make([]int64, 0, streams+1)
	for number := range streams {
		stream, hello := s.mustOpen(ctx, t, producer(id, int64(number/2)))
		begins = append(begins, hello.GetNext())
		go func() { fenced <- fight(stream, source, hello.GetNext(), number) }()
		if number%3 == 0 {
			s.awaitDurable(ctx, t, id, hello.GetNext())
		}
	}
	last, hello := s.mustOpen(ctx, t, producer(id, streams))
	begins = append(begins, hello.GetNext())
	for range streams {
		requireRefused(t, <-fenced, codes.Aborted, "FENCED")
	}
	_, err := last.finish()
	require.NoError(t, err)
	s.requirePosition(ctx, t, id, begins[streams]-1)
	t.Logf("the streams began at the frames %v", begins)

	want := stored{}
	for number := range streams {
		for sequence := begins[number]; sequence < begins[number+1]; sequence++ {
			want.take(fightPoint(source, sequence, number))
		}
	}
	s.requireQueried(ctx, t, want, ofSource(source), waitFor(id, begins[streams]-1))
}

// fight sends frames until the server ends the stream, and returns why.
func fight(s *pointStream, source string, next int64, number int) error {
	for sequence := next; ; sequence++ {
		if err := s.send(numberedFrame(sequence, fightPoint(source, sequence, number))); err != nil {
			return err
		}
	}
}

// fightPoint tells which stream has sent which frame.
func fightPoint(source string, sequence int64, number int) *collectorv1.DataPoint {
	point := tick(source, sequence)
	point.Metrics = map[string]float64{"stream": float64(number)}
	return point
}

// TestWatchMayBeginBeforeTheProducer watches a producer from before its first
// stream over a second epoch.
func TestWatchMayBeginBeforeTheProducer(t *testing.T) {
	s := startCollector(t)
	ctx, cancel := context.WithCancel(bounded(t))
	defer cancel()
	id := uuid.NewString()
	watch, err := s.watchPosition(ctx, id)
	require.NoError(t, err)
	told, err := watch.next()
	require.NoError(t, err)
	require.Zero(t, told.GetPosition().GetReceived())
	_, err = s.deliver(ctx, producer(id, 2), numberedFrame(1, tick("watched", 1)))
	require.NoError(t, err)
	require.NoError(t, watch.durable(1))
	_, err = s.deliver(ctx, producer(id, 5))
	require.NoError(t, err)
	for watch.last.GetEpoch() < 5 || watch.last.GetApplied() < 1 {
		_, err := watch.next()
		require.NoError(t, err, "told was %v", watch.last)
	}
}
