// Package fileowner keeps who may use a file that is replaced by another.
package fileowner

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// othersWrite is what nobody but the owner keeps: such a file would not be read.
const othersWrite = 0o022

// Keep gives file the owner, the group and the permission bits of the file at
// path, which it is to replace, but for writing by others. When there is none, file
// stays as it is. It fails where the owner or group would change and the process may not set it.
// Call it before file has a secret in it.
func Keep(file *os.File, path string) error {
	old, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	fresh, err := file.Stat()
	if err != nil {
		return err
	}
	uid, gid := owner(old)
	if freshUID, freshGID := owner(fresh); uid != freshUID || gid != freshGID {
		if err := file.Chown(uid, gid); err != nil {
			return fmt.Errorf("%s belongs to user %d and group %d, and its replacement can't be given to them; run this as that user or as root: %w", path, uid, gid, err)
		}
	}
	mode := old.Mode().Perm() &^ othersWrite
	if mode == fresh.Mode().Perm() {
		return nil
	}
	return file.Chmod(mode)
}
