package audit

import (
	"errors"
	"fmt"
	"os"

	"github.com/sluice-ingest/sluice/libs/audit/chain"
)

// openWriter opens the log at path behind its last line. It returns how many
// bytes of an unfinished line it cut off.
func openWriter(fs fileSystem, path string) (w *writer, cutOff int64, err error) {
	f, err := fs.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("open the audit log: %w", err)
	}
	defer func() {
		if err != nil {
			_ = f.Close() // Nothing was written.
		}
	}()
	size, err := sizeOf(f)
	if err != nil {
		return nil, 0, fmt.Errorf("open the audit log: %w", err)
	}
	w = &writer{fs: fs, path: path, file: f}
	w.head, w.synced, err = chain.Last(f, size)
	if err != nil {
		return nil, 0, unusable(path, err)
	}
	if w.synced == 0 {
		err = w.follow()
	} else if w.first, err = chain.First(f); err != nil {
		err = unusable(path, err)
	}
	if err != nil {
		return nil, 0, err
	}
	return w, size - w.synced, w.settle(size)
}

// follow takes over the end of the newest file that was put aside, for one that
// is new.
func (w *writer) follow() error {
	older, err := archives(w.path)
	if err != nil {
		return fmt.Errorf("open the audit log: %w", err)
	}
	w.first = 1
	if len(older) == 0 {
		return nil
	}
	newest := older[len(older)-1]
	f, err := os.Open(newest)
	if err != nil {
		return fmt.Errorf("open the audit log before: %w", err)
	}
	defer func() { _ = f.Close() }() // It is only read.
	size, err := sizeOf(f)
	if err != nil {
		return fmt.Errorf("open the audit log before: %w", err)
	}
	var end int64
	if w.head, end, err = chain.Last(f, size); err != nil {
		return unusable(newest, err)
	}
	if end == 0 || end != size {
		return unusable(newest, errors.New("its last line has no end"))
	}
	w.first = w.head.Sequence + 1
	return nil
}

// settle makes the place from which the log goes on durable.
func (w *writer) settle(size int64) error {
	if size > w.synced {
		if err := w.file.Truncate(w.synced); err != nil {
			return fmt.Errorf("cut the unfinished end of the audit log off: %w", err)
		}
	}
	if err := w.file.Sync(); err != nil {
		return fmt.Errorf("sync the audit log: %w", err)
	}
	if err := w.fs.SyncDir(folderOf(w.path)); err != nil {
		return fmt.Errorf("sync the folder of the audit log: %w", err)
	}
	return nil
}

func unusable(path string, err error) error {
	return fmt.Errorf("the audit log %s can't be continued: %w; "+
		"look at it with \"sluice audit verify\", then move it and its older files elsewhere to begin a new one", path, err)
}
