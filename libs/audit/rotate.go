package audit

import (
	"errors"
	"fmt"
)

// rotate puts the file aside, begins a new one and removes what is over keep. All
// lines have to be synced. When it fails before the file has its new name, the
// log goes on in the old one.
func (w *writer) rotate(keep int) error {
	if err := w.fs.Rename(w.path, archiveOf(w.path, w.first)); err != nil {
		return fmt.Errorf("put the audit log aside: %w", err)
	}
	w.abandon()
	w.synced, w.first = 0, w.head.Sequence+1
	if err := w.reopen(); err != nil {
		return err
	}
	return w.prune(keep)
}

func (w *writer) prune(keep int) error {
	kept, err := archives(w.path)
	if err != nil {
		return fmt.Errorf("list the audit logs that were put aside: %w", err)
	}
	var errs []error
	for _, path := range kept[:max(0, len(kept)-keep)] {
		errs = append(errs, w.fs.Remove(path))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("remove an old audit log: %w", err)
	}
	return nil
}
