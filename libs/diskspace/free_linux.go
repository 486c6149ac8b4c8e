package diskspace

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Free returns how many bytes a user without privileges may still write to the
// file system of a folder.
func Free(dir string) (int64, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return 0, fmt.Errorf("ask the file system of %s for its free space: %w", dir, err)
	}
	return int64(fs.Bavail) * fs.Bsize, nil
}
