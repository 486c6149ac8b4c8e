package syscallfault_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/sluice-ingest/sluice/libs/testkit/syscallfault"
)

// victim tells the test process to be the one that suffers faults.
const victim = "SLUICE_SYSCALLFAULT_VICTIM"

func TestMain(m *testing.M) {
	if os.Getenv(victim) != "" {
		syncOnDemand()
		return
	}
	goleak.VerifyTestMain(m)
}

// syncOnDemand syncs standard error for every line that comes, and answers how that
// went.
func syncOnDemand() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		answer := "ok"
		if err := os.Stderr.Sync(); err != nil {
			answer = err.Error()
		}
		_, _ = os.Stdout.WriteString(answer + "\n")
	}
}

func TestCallsFailFromInjectToStop(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	cmd := exec.Command(os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), victim+"=yes"), file
	demands, err := cmd.StdinPipe()
	require.NoError(t, err)
	answers, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(answers)
	sync := func() string {
		_, err := io.WriteString(demands, "\n")
		require.NoError(t, err)
		require.True(t, lines.Scan())
		return lines.Text()
	}

	require.Equal(t, "ok", sync())
	fault := syscallfault.Inject(t, cmd.Process.Pid, syscallfault.Rule{Error: "EIO", Calls: []string{"fsync", "fdatasync"}})
	for range 3 {
		require.True(t, strings.HasSuffix(sync(), "input/output error"))
	}
	require.Equal(t, 3, fault.Stop())
	require.Equal(t, 3, fault.Stop())
	require.Equal(t, "ok", sync())

	other := syscallfault.Inject(t, cmd.Process.Pid,
		syscallfault.Rule{Error: "ENOSPC", Calls: []string{"fsync"}, Paths: []string{file.Name() + "-other"}})
	require.Equal(t, "ok", sync())
	require.Zero(t, other.Stop())

	full := syscallfault.Inject(t, cmd.Process.Pid,
		syscallfault.Rule{Error: "ENOSPC", Calls: []string{"fsync"}, Paths: []string{file.Name()}})
	require.True(t, strings.HasSuffix(sync(), "no space left on device"))
	require.NoError(t, demands.Close())
	require.NoError(t, cmd.Wait())
	require.Equal(t, 1, full.Stop(), "also when the process has ended")
}
