package bench

import (
	"fmt"
	"io/fs"
	"path/filepath"
)

// diskUsage is what the files below a folder take on disk, as du tells it.
func diskUsage(dir string) (bytes int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		bytes += sizeOnDisk(info)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("measure the data folder: %w", err)
	}
	return bytes, nil
}
