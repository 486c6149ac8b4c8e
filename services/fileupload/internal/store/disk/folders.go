package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	folderMode fs.FileMode = 0o700
	fileMode   fs.FileMode = 0o600

	// buckets is the number of folders that blobs are spread over.
	buckets = 256
)

// makeDir makes dir and what is missing above it. An existing dir is synced
// too, since whoever made it may have crashed before that.
func makeDir(dir string) error {
	err := os.Mkdir(dir, folderMode)
	parent := filepath.Dir(dir)
	if errors.Is(err, fs.ErrNotExist) && parent != dir {
		if err := makeDir(parent); err != nil {
			return err
		}
		err = os.Mkdir(dir, folderMode)
	}
	existed := errors.Is(err, fs.ErrExist)
	if err != nil && !existed {
		return err
	}
	err = syncDir(os.Open(parent))
	if existed && errors.Is(err, fs.ErrPermission) {
		return nil // A parent that cannot be read is not ours.
	}
	return err
}

// makeFolders makes the folders of the store, durably.
func (s *Store) makeFolders() error {
	made := []string{partsFolder, blobsFolder, packsFolder, lostFolder}
	for bucket := range buckets {
		made = append(made, blobFolder(byte(bucket)))
	}
	for _, name := range made {
		if err := s.root.Mkdir(name, folderMode); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return s.syncFolders(blobsFolder, ".")
}

// syncFolders makes the names in folders durable. Its error never wraps
// [core.ErrNoSpace], since what was renamed stays renamed.
func (s *Store) syncFolders(names ...string) error {
	for _, name := range names {
		if err := syncDir(s.root.Open(name)); err != nil {
			return fmt.Errorf("sync folder %s: %w", name, err)
		}
	}
	return nil
}

func syncDir(dir *os.File, err error) error {
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
