//go:build !linux

package disk

import "os"

// writeBack leaves it to the system when a file is written out.
type writeBack struct {
	begun int64
}

func (*writeBack) follow(*os.File, int64) {}
