package journal

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// syncData makes the content and the size of a file durable, without its
// times.
func syncData(f *os.File) error {
	for {
		err := unix.Fdatasync(int(f.Fd()))
		if !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}

// Free returns the space that a user without privileges can still fill.
func (d *diskFolder) Free() (int64, error) {
	var stat unix.Statfs_t
	for {
		err := unix.Fstatfs(int(d.self.Fd()), &stat)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		return int64(stat.Bavail) * stat.Frsize, os.NewSyscallError("fstatfs", err)
	}
}
