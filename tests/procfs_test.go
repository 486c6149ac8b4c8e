package tests

import (
	"fmt"
	"os"
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
