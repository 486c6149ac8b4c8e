package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

// reservation sets room aside behind the end of a growing file, so that the files
// of several uploads lie in few pieces and the kernel has less to allocate. Not
// safe for concurrent use.
type reservation struct {
	// end is up to where there is room.
	end int64
	// refused says that the file system can't, or has no such room: the writes
	// that follow tell whether there is enough for them.
	refused bool
	// trimmed says that nothing lies behind the file's end.
	trimmed bool
}

// cover makes room for what is written from offset to end.
func (r *reservation) cover(file *os.File, offset, end int64) {
	from, length := nextReservation(r.end, offset, end)
	if length == 0 || r.refused {
		return
	}
	if err := unix.Fallocate(int(file.Fd()), unix.FALLOC_FL_KEEP_SIZE, from, length); err != nil {
		r.refused = true
		return
	}
	r.end, r.trimmed = from+length, false
}

// trim gives back what lies behind size, the end of the file, once. A file that
// was resumed after a crash may have room that this reservation knows nothing of.
func (r *reservation) trim(file *os.File, size int64) error {
	if size < reserveFrom || r.trimmed {
		return nil
	}
	r.trimmed = true
	return file.Truncate(size)
}
