package disk

import (
	"errors"
	"io"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxVectors is the most that one pwritev takes (IOV_MAX).
const maxVectors = 1024

// vectorWriter writes segments with pwritev. It keeps its vectors from call to
// call, at most 16 KiB of them. Not safe for concurrent use.
type vectorWriter struct {
	vectors []unix.Iovec
}

// writeAt writes the segments one behind the other from offset on, and returns
// the number of bytes written.
func (w *vectorWriter) writeAt(file *os.File, segments [][]byte, offset int64) (int64, error) {
	fd := int(file.Fd())
	var written int64
	rest, skip := dropBytes(segments, 0)
	for len(rest) > 0 {
		n, err := w.writeOnce(fd, rest, skip, offset+written)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return written, os.NewSyscallError("pwritev", err)
		}
		written += int64(n)
		rest, skip = dropBytes(rest, skip+n)
	}
	return written, nil
}

// writeOnce writes as much of the segments, without the first skip bytes, as
// one call takes.
func (w *vectorWriter) writeOnce(fd int, segments [][]byte, skip int, offset int64) (int, error) {
	w.fill(segments, skip)
	defer w.release()
	n, _, errno := unix.Syscall6(unix.SYS_PWRITEV, uintptr(fd),
		uintptr(unsafe.Pointer(&w.vectors[0])), //nolint:gosec // the call wants the vectors' address
		uintptr(len(w.vectors)),
		uintptr(offset), uintptr(offset>>32), 0)
	switch {
	case errno != 0:
		return 0, errno
	case n == 0:
		return 0, io.ErrShortWrite
	}
	return int(n), nil
}

// fill points the vectors at the segments, which are not empty at the front.
func (w *vectorWriter) fill(segments [][]byte, skip int) {
	for _, segment := range segments {
		segment = segment[skip:]
		skip = 0
		if len(segment) == 0 {
			continue
		}
		vector := unix.Iovec{Base: &segment[0]}
		vector.SetLen(len(segment))
		w.vectors = append(w.vectors, vector)
		if len(w.vectors) == maxVectors {
			return
		}
	}
}

// release forgets the segments, so that their memory can be reused.
func (w *vectorWriter) release() {
	clear(w.vectors)
	w.vectors = w.vectors[:0]
}

// dropBytes drops the first n bytes, and empty segments behind them. It returns
// the segments left and the number of bytes to skip in the first of them.
func dropBytes(segments [][]byte, n int) ([][]byte, int) {
	for len(segments) > 0 && n >= len(segments[0]) {
		n -= len(segments[0])
		segments = segments[1:]
	}
	return segments, n
}
