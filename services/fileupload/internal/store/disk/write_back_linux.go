package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

const (
	// writeBackStep is how much is written before the kernel is told to begin with
	// its way to the disk.
	writeBackStep = 8 << 20
	// dropSteps is how far behind pages are looked for that have been written.
	dropSteps = 8
)

// writeBack has the kernel write a growing file out behind its writer, so that a
// sync at the end finds little to do, and drop the pages that were written. New
// pages then come from those just dropped: memory that is in use anyway, while
// untouched memory is dear, above all in a virtual machine.
//
// It never waits for pages, which would take the error of a failed write away from
// the sync that is to find it. Not safe for concurrent use.
type writeBack struct {
	// begun is up to where the file has been on its way.
	begun int64
}

// follow is told up to where the file is written. Its calls are advice: a file
// system that does not take it loses nothing but time, and the next sync tells
// what could not be written.
func (w *writeBack) follow(file *os.File, offset int64) {
	if offset-w.begun < writeBackStep {
		return
	}
	fd := int(file.Fd())
	_ = unix.SyncFileRange(fd, w.begun, offset-w.begun, unix.SYNC_FILE_RANGE_WRITE)
	// The newest step is still on its way. What was not written when it was to be
	// dropped is dropped with one of the next steps.
	if from, to := w.begun-dropSteps*writeBackStep, w.begun-writeBackStep; to > 0 {
		from = max(from, 0)
		_ = unix.Fadvise(fd, from, to-from, unix.FADV_DONTNEED)
	}
	w.begun = offset
}
