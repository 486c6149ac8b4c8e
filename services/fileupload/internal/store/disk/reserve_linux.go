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
	// refused says that the file system can't, or has no room to spare: the writes
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
	length = min(length, spareAt(file))
	if length == 0 || fallocate(file, unix.FALLOC_FL_KEEP_SIZE, from, from+length) != nil {
		r.refused = true
		return
	}
	r.end, r.trimmed = from+length, false
}

// spareAt is spare for the file system of a file; nothing for one that does not tell.
func spareAt(file *os.File) int64 {
	var fs unix.Statfs_t
	if err := unix.Fstatfs(int(file.Fd()), &fs); err != nil {
		return 0
	}
	return spare(int64(fs.Bavail) * fs.Bsize)
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
