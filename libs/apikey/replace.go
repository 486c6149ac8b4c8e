package apikey

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/sluice-ingest/sluice/libs/fileowner"
)

// replace puts data in the place of the file at path: written beside it with
// the same owner and mode, 0600 if there is none, synced, renamed, and its
// folder synced.
func replace(path string, data []byte) error {
	folder := filepath.Dir(path)
	temp, err := os.CreateTemp(folder, "."+filepath.Base(path)+".*") // Made with mode 0600.
	if err != nil {
		return err
	}
	if err := errors.Join(fill(temp, path, data), temp.Close()); err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return syncFolder(folder)
}

func fill(file *os.File, path string, data []byte) error {
	if err := fileowner.Keep(file, path); err != nil {
		return err
	}
	if _, err := file.Write(data); err != nil {
		return err
	}
	return file.Sync()
}

// syncFolder makes a rename in the folder survive a power cut.
func syncFolder(folder string) error {
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
