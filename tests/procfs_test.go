package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// bytesRead returns the number of bytes that a process has read by system
// calls since it started.
func bytesRead(t *testing.T, pid int) int64 {
	t.Helper()
	f, err := os.Open(fmt.Sprintf("/proc/%d/io", pid))
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	var n int64
	_, err = fmt.Fscanf(f, "rchar: %d\n", &n)
	require.NoError(t, err)
	return n
}

// allStopped tells whether a process that was sent SIGSTOP has no thread that
// runs any more.
func allStopped(pid int) bool {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(threads) == 0 {
		return true // The process has ended.
	}
	for _, thread := range threads {
		stat, err := os.ReadFile(thread)
		_, state, found := strings.Cut(string(stat), ") ")
		if err == nil && found && state[0] != 'T' {
			return false
		}
	}
	return true
}
