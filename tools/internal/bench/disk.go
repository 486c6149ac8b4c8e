package bench

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
)

// diskUsage is what the files below a folder take on disk, as du tells it.
func diskUsage(dir string) (bytes int64, err error) {
	const block = 512
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			bytes += stat.Blocks * block
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("measure the data folder: %w", err)
	}
	return bytes, nil
}
