//go:build !linux

package disk

import "os"

// reservation sets no room aside.
type reservation struct{}

func (*reservation) cover(*os.File, int64, int64) {}

func (*reservation) trim(*os.File, int64) error { return nil }
