package disk

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// punch gives back the room of a range; it reads as zeros then. The range is whole
// blocks. [errors.ErrUnsupported] where the file system can't.
func punch(file *os.File, from, to int64) error {
	return fallocate(file, unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, from, to)
}

// reserve makes the file reach to an end and gives it the room for that.
func reserve(file *os.File, from, to int64) error { return fallocate(file, 0, from, to) }

func fallocate(file *os.File, mode uint32, from, to int64) error {
	for {
		err := unix.Fallocate(int(file.Fd()), mode, from, to-from)
		if !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("fallocate", err)
		}
	}
}

// nextData returns where data begins at or behind an offset, and io.EOF when there
// is none. It moves the file's place.
func nextData(file *os.File, from int64) (int64, error) {
	at, err := unix.Seek(int(file.Fd()), from, unix.SEEK_DATA)
	if errors.Is(err, unix.ENXIO) {
		return 0, io.EOF
	}
	return at, os.NewSyscallError("lseek", err)
}
