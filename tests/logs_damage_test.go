package tests

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDamagedJournalOfLogsIsTold changes a byte in the middle of the journal of
// a server that was killed before anything was stored. The frame that it hits is
// lost, and told; all others are there.
func TestDamagedJournalOfLogsIsTold(t *testing.T) {
	s := startLogs(t, "--store-batch-interval", "1m")
	ctx := bounded(t)
	const frames, hit = 20, 7
	stream, _ := s.mustOpen(ctx, t, logProducer("damaged", 0))
	var want indexedLogs
	for sequence := int64(1); sequence <= frames; sequence++ {
		e := plainLog("damaged", sequence)
		if sequence != hit {
			want = want.with(e)
		}
		require.NoError(t, stream.send(logFrame(sequence, e.logEntry)))
		// So that each frame is written alone.
		s.awaitDurable(ctx, t, "damaged", sequence)
	}
	s.Kill9()
	segments, err := filepath.Glob(filepath.Join(s.dataDir, "journal", "*.segment"))
	require.NoError(t, err)
	require.Len(t, segments, 1)
	data, err := os.ReadFile(segments[0])
	require.NoError(t, err)
	at := bytes.Index(data, []byte(plainLog("damaged", hit).GetMessage()))
	require.Positive(t, at)
	data[at] ^= 0x20
	require.NoError(t, os.WriteFile(segments[0], data, 0o600))

	s.Restart()
	require.Contains(t, s.Logs(), "a piece of the journal is damaged; what it held and the store lacks is lost")
	s.requireSearched(ctx, t, want, nil, waitFor("damaged", frames))
	s.requirePosition(ctx, t, "damaged", frames)
	require.NoError(t, s.Terminate(realTime))
	s.Restart()
	s.requireSearched(ctx, t, want, nil, waitFor("damaged", frames))
}
