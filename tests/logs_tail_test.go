package tests

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/client"
)

// sdkTail is what a tail of the SDK has told.
type sdkTail struct {
	cancel context.CancelFunc
	ended  chan struct{}

	// All below is guarded by mu.
	mu      sync.Mutex
	started chan struct{} // closed with the first start
	starts  int
	gaps    int
	missed  int64
	times   map[string]int
	err     error
}

// followSDK tails everything until the end of the test.
func followSDK(t *testing.T, c *client.StreamingClient) *sdkTail {
	t.Helper()
	ctx, cancel := context.WithCancel(bounded(t))
	l := &sdkTail{cancel: cancel, ended: make(chan struct{}), started: make(chan struct{}), times: map[string]int{}}
	go func() {
		defer close(l.ended)
		for event, err := range c.TailLogs(ctx, client.LogFilter{}) {
			l.note(event, err)
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-l.ended
	})
	<-l.started
	return l
}

func (l *sdkTail) note(event client.TailEvent, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.err = err
		return
	}
	switch event.Kind {
	case client.TailStarted:
		l.starts++
		if l.starts == 1 {
			close(l.started)
		}
	case client.TailGap:
		l.gaps++
	case client.TailMissed:
		l.missed += event.Missed
	case client.TailRecord:
		l.times[event.Record.Message]++
	}
}

// awaitStarts waits until the tail has begun so many times.
func (l *sdkTail) awaitStarts(t *testing.T, starts int) {
	t.Helper()
	require.Eventually(t, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.starts == starts
	}, realTime, time.Millisecond)
}

// requireOnce wants no entry to be told twice, each restart to be told as a gap,
// and the last entry to be told.
func (l *sdkTail) requireOnce(t *testing.T, s *logServer, restarts int) {
	t.Helper()
	last := "the last " + t.Name()
	require.Eventually(t, func() bool {
		// Each try is told, once the tail has begun anew.
		_, err := s.deliver(bounded(t), logFrame(0, &logEntry{Application: "last", Timestamp: logStart, Message: last}))
		require.NoError(t, err)
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.times[last] > 0
	}, realTime, 50*time.Millisecond)
	l.cancel()
	<-l.ended
	require.ErrorIs(t, l.err, context.Canceled)
	require.GreaterOrEqual(t, l.gaps, restarts, "each try to begin anew may fail")
	require.Equal(t, restarts+1, l.starts)
	require.Zero(t, l.missed)
	told := 0
	for message, times := range l.times {
		if !strings.HasPrefix(message, "the last") {
			require.Equal(t, 1, times, message)
			told++
		}
	}
	t.Logf("the tail told %d entries", told)
	require.Positive(t, told)
}

// TestSlowTailIsToldHowManyItMissed does not read a tail while more comes than
// the server holds for it. The sender is not slowed down by it.
func TestSlowTailIsToldHowManyItMissed(t *testing.T) {
	s := startLogs(t)
	ctx := bounded(t)
	const frames, each = 60, 500
	filler := strings.Repeat("filler ", 100)
	tail := s.tail(ctx, t, ofApplication("slow"))
	defer tail.cancel()
	stream, _ := s.mustOpen(ctx, t, logProducer("slow", 0))
	for sequence := int64(1); sequence <= frames; sequence++ {
		var entries []*logEntry
		for i := range int64(each) {
			e := plainLog("slow", sequence*each+i).logEntry
			e.Message = fmt.Sprintf("%08d %s", sequence*each+i, filler)
			entries = append(entries, e)
		}
		require.NoError(t, stream.send(logFrame(sequence, entries...)))
	}
	_, err := stream.finish()
	require.NoError(t, err)
	s.requireSearched(ctx, t, nil, ofApplication("nobody"), waitFor("slow", frames))
	told, missed, err := tail.take(frames * each)
	require.NoError(t, err)
	require.Equal(t, int64(frames*each), int64(len(told))+missed, "each entry is told or counted")
	require.Positive(t, missed)
	require.NotEmpty(t, told)
	for i := 1; i < len(told); i++ {
		require.Less(t, told[i-1].GetEntryId(), told[i].GetEntryId(), "in the order in which they were accepted")
	}
	t.Logf("%d entries were told and %d missed", len(told), missed)

	_, err = s.deliver(ctx, logProducer("slow", 0), logFrame(frames+1, plainLog("slow", 1).logEntry))
	require.NoError(t, err)
	told, missed, err = tail.take(1)
	require.NoError(t, err)
	require.Zero(t, missed)
	require.Len(t, told, 1, "a tail that has caught up misses nothing")
}
