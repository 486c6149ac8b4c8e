//go:build !windows

package bench

import (
	"io/fs"
	"syscall"
)

// sizeOnDisk is what the blocks of a file take.
func sizeOnDisk(info fs.FileInfo) int64 {
	const block = 512
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Blocks * block
	}
	return 0
}
