package disk

import (
	"io/fs"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// diskUsage is the number of bytes that a file takes on the disk.
func diskUsage(t *testing.T, info fs.FileInfo) int64 {
	t.Helper()
	stat, ok := info.Sys().(*syscall.Stat_t)
	require.True(t, ok)
	return stat.Blocks * 512
}
