// Package datafolder looks after the folder that a service keeps its data in.
package datafolder

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// Lock keeps a second process out of a data folder, whose files two would ruin.
// The kernel releases it when the process dies.
type Lock struct {
	lock *flock.Flock
}

// Acquire makes the folder if it is not there, and locks it. The error of a
// folder in use says so.
func Acquire(dir string) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "LOCK"), flock.SetPermissions(0o600))
	free, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the data folder %s: %w", dir, err)
	}
	if !free {
		return nil, fmt.Errorf("the data folder %s is used by another process: stop it, or name another data_dir", dir)
	}
	return &Lock{lock: lock}, nil
}

// Release lets another process in.
func (l *Lock) Release() error {
	return l.lock.Unlock()
}
