//go:build !linux

package disk

import "os"

// spareAt is nothing where no room is set aside.
func spareAt(*os.File) int64 { return 0 }

// reservation sets no room aside.
type reservation struct{}

func (*reservation) cover(*os.File, int64, int64) {}

func (*reservation) trim(*os.File, int64) error { return nil }
