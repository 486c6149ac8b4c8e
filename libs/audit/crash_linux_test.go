package audit

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

// childVariable names the log that a child process of these tests writes.
const childVariable = "SLUICE_AUDIT_TEST_FILE"

func TestMain(m *testing.M) {
	if path := os.Getenv(childVariable); path != "" {
		writeUntilKilled(path)
	}
	goleak.VerifyTestMain(m)
}

// writeUntilKilled says on standard output how far it has come.
func writeUntilKilled(path string) {
	cfg := DefaultConfig()
	cfg.File, cfg.MaxSize = path, chainMinimum
	l, err := Open(cfg, Options{Service: "test", Logger: zap.NewNop(), Registerer: prometheus.NewRegistry()})
	for i := 0; err == nil; i++ {
		l.Record(done(i))
		if i%50 == 0 {
			_, err = fmt.Fprintln(os.Stdout, i)
		}
	}
}

func TestAKilledProcessLeavesAChainThatGoesOn(t *testing.T) {
	cfg := configFor(t)
	before := 0
	for round := range 4 {
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), childVariable+"="+cfg.File)
		out, err := child.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())
		lines := bufio.NewScanner(out)
		for range 2*capacity/50 + 10 + 7*round { // More than the queue and a group hold.
			require.True(t, lines.Scan())
		}
		require.NoError(t, child.Process.Signal(syscall.SIGKILL))
		require.Error(t, child.Wait())

		l, _ := open(t, cfg, nil)
		require.NoError(t, l.Close())
		events := len(readAll(t, cfg.File))
		require.Greater(t, events, before, "what the queue and a group do not hold was written")
		before = events
	}
}

func TestAFullDiskIsWaitedFor(t *testing.T) {
	cfg := configFor(t)
	cfg.File = filepath.Join(testkit.SmallDisk(t, 128<<10), "audit.jsonl")
	hog := cfg.File + ".hog"
	require.NoError(t, os.WriteFile(hog, make([]byte, 100<<10), 0o600))

	l, logs := open(t, cfg, nil)
	const n = 200
	for i := range n {
		l.Record(done(i))
	}
	logged := func(text string) func() bool {
		return func() bool { return logs.FilterMessageSnippet(text).Len() == 1 }
	}
	require.Eventually(t, logged("can't be written"), 20*time.Second, 10*time.Millisecond)
	require.NoError(t, os.Remove(hog))
	require.Eventually(t, logged("can be written again"), 20*time.Second, 10*time.Millisecond)
	require.NoError(t, l.Close())
	require.Len(t, readAll(t, cfg.File), n)
}
