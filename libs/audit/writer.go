package audit

import (
	"errors"
	"fmt"

	"github.com/sluice-ingest/sluice/libs/audit/chain"
)

// maxTail is how much is written before it is synced, in bytes.
const maxTail = 1 << 20

// writer appends lines to the file. What is not synced yet is also in memory,
// since after an error nobody knows what of it the disk has. It is used by one
// goroutine.
type writer struct {
	fs   fileSystem
	path string
	// file is nil after an error, until it can be opened again.
	file file
	// head is the last line that was made.
	head chain.Head
	// first is the sequence of the file's first line.
	first int64
	// synced is the file's length up to which it is durable, and tail what comes
	// behind, of which the first written bytes were given to the file.
	synced  int64
	tail    []byte
	written int
	// disturbed tells that another hand has moved or changed the file, until that is
	// recorded.
	disturbed bool
}

// add makes the lines of events. They are written by the next write or sync.
func (w *writer) add(events []Event) error {
	var errs []error
	for _, e := range events {
		var err error
		if w.tail, err = w.head.Append(w.tail, e); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// write hands the tail to the file. After an error the next call begins again
// behind what is durable, in the file opened anew.
func (w *writer) write() error {
	if err := w.reopen(); err != nil {
		return err
	}
	n, err := w.file.WriteAt(w.tail[w.written:], w.synced+int64(w.written))
	w.written += n
	if err != nil {
		w.abandon()
		return fmt.Errorf("write the audit log: %w", err)
	}
	if len(w.tail) >= maxTail {
		return w.sync()
	}
	return nil
}

// sync makes all lines durable.
func (w *writer) sync() error {
	if len(w.tail) == 0 {
		return nil
	}
	if w.written < len(w.tail) || w.file == nil {
		if err := w.write(); err != nil || len(w.tail) == 0 {
			return err
		}
	}
	if err := w.file.Sync(); err != nil {
		w.abandon()
		return fmt.Errorf("sync the audit log: %w", err)
	}
	w.synced += int64(len(w.tail))
	w.tail, w.written = w.tail[:0], 0
	return nil
}

// abandon gives the open file up. It is in an unknown state, so that its own
// complaints tell nothing new.
func (w *writer) abandon() {
	_ = w.file.Close()
	w.file, w.written = nil, 0
}

// reopen opens the file after an error. What it is found with is what was
// synced, and any part of the tail.
func (w *writer) reopen() error {
	if w.file != nil {
		return nil
	}
	f, err := w.fs.Open(w.path)
	if err != nil {
		return fmt.Errorf("open the audit log again: %w", err)
	}
	size, err := sizeOf(f)
	if err = errors.Join(err, w.fs.SyncDir(folderOf(w.path))); err != nil {
		_ = f.Close() // It was not used.
		return fmt.Errorf("open the audit log again: %w", err)
	}
	w.file, w.written = f, 0
	if size < w.synced || size > w.synced+int64(len(w.tail)) {
		w.goOnAt(size)
	}
	return nil
}

// goOnAt takes the file as another hand has left it.
func (w *writer) goOnAt(size int64) {
	w.disturbed = true
	w.synced = size
	if size == 0 {
		w.first = w.head.Sequence + 1
	}
}

// lookAtFile finds out whether the file is still at its path and as long as it
// was left. Otherwise the writer goes on in what is at the path, behind its end,
// or in a new file.
func (w *writer) lookAtFile() error {
	if w.file == nil {
		return nil // The error that closed it comes first.
	}
	same, err := w.fs.Same(w.file, w.path)
	if err != nil {
		return fmt.Errorf("look at the audit log: %w", err)
	}
	size, err := sizeOf(w.file)
	if err != nil {
		return fmt.Errorf("look at the audit log: %w", err)
	}
	if same && size == w.synced+int64(w.written) {
		return nil
	}
	w.abandon()
	if err := w.reopen(); err != nil {
		return err
	}
	if w.disturbed {
		return nil
	}
	if size, err = sizeOf(w.file); err != nil {
		return fmt.Errorf("look at the audit log: %w", err)
	}
	w.goOnAt(size)
	return nil
}

// close makes all lines durable and closes the file.
func (w *writer) close() error {
	err := w.sync()
	if w.file == nil {
		return err
	}
	return errors.Join(err, w.file.Close())
}
