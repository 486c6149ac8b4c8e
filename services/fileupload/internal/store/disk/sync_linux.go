package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// syncData makes the content and the size of a file durable, without its
// times.
func syncData(file *os.File) error {
	for {
		err := unix.Fdatasync(int(file.Fd()))
		if !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}
