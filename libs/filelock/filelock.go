// Package filelock makes processes that change one file take turns.
package filelock

import (
	"errors"
	"syscall"

	"github.com/gofrs/flock"
)

// Lock waits for the exclusive lock on the file at path, which it makes if
// need be. The kernel lets go of it when the process ends in any way.
func Lock(path string) (unlock func(), err error) {
	file := flock.New(path, flock.SetPermissions(0o600))
	for {
		err = file.Lock()
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	return func() { _ = file.Unlock() }, nil // The end of the process would let go of it too.
}
