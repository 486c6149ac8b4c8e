package duckdb

import (
	"errors"
	"os"
	"path/filepath"
)

// syncFolderOf makes the names of the files last. DuckDB syncs the log that a
// commit began, but not its name.
func syncFolderOf(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
