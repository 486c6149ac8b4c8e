package tests

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTailTellsNothingFromBeforeTheCall opens a tail on a server that has much
// of its journal still to store, after a kill. What was durable before the call
// is not told.
func TestTailTellsNothingFromBeforeTheCall(t *testing.T) {
	s := startLogs(t, "--store-batch-interval", "1m", "--store-batch-entries", "1000000")
	ctx := bounded(t)
	const frames, each = 100, 1000
	stream, _ := s.mustOpen(ctx, t, logProducer("replay", 0))
	for sequence := int64(1); sequence <= frames; sequence++ {
		require.NoError(t, stream.send(logFrame(sequence, logEntries(plainLogs("replay", (sequence-1)*each, sequence*each))...)))
	}
	_, err := stream.finish()
	require.NoError(t, err)
	s.Kill9()
	s.Restart()
	tail := s.tail(ctx, t, nil)
	defer tail.cancel()
	_, err = s.deliver(ctx, logProducer("replay", 0), logFrame(frames+1, plainLog("new", 1).logEntry))
	require.NoError(t, err)
	told, missed, err := tail.take(1)
	require.NoError(t, err)
	require.Zero(t, missed, "entries from before the call are counted as missed")
	require.Equal(t, "new", told[0].GetApplication(), "%d entries from before the call are told", len(told))
}
