package seal

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/sluice-ingest/sluice/libs/fileowner"
)

// create makes a file of mode 0600 with data, durably. One that exists is left
// alone.
func create(path string, data []byte) error {
	temp, err := draft(path, data, func(*os.File) error { return nil })
	if err != nil {
		return err
	}
	// Unlike a rename, a link replaces nothing.
	err = errors.Join(os.Link(temp, path), os.Remove(temp))
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// replace puts data in the place of the file at path, whole at every moment,
// with the same owner and mode, and durably.
func replace(path string, data []byte) error {
	temp, err := draft(path, data, func(temp *os.File) error { return fileowner.Keep(temp, path) })
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return syncFolder(filepath.Dir(path))
}

// draft makes a file of mode 0600 beside path, prepares it, writes data to it,
// syncs it and returns its name.
func draft(path string, data []byte, prepare func(*os.File) error) (string, error) {
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // Made with mode 0600.
	if err != nil {
		return "", err
	}
	if err = prepare(temp); err == nil {
		_, err = temp.Write(data)
	}
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return "", errors.Join(err, os.Remove(temp.Name()))
	}
	return temp.Name(), nil
}

// syncFolder makes a new name in the folder survive a power cut.
func syncFolder(folder string) error {
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
