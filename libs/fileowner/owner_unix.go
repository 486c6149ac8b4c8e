//go:build unix

package fileowner

import (
	"io/fs"
	"syscall"
)

func owner(info fs.FileInfo) (uid, gid int) {
	stat := info.Sys().(*syscall.Stat_t) // What os gives on every Unix.
	return int(stat.Uid), int(stat.Gid)
}
