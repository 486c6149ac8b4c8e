package journal

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

const (
	dirMode  = 0o700
	fileMode = 0o600
)

// fileSystem is the folder of a journal. Names are relative to it.
type fileSystem interface {
	OpenFile(name string, flag int) (file, error)
	Rename(from, to string) error
	Remove(name string) error
	// Mkdir does nothing if the folder is there.
	Mkdir(name string) error
	// List returns the names in a folder in ascending order.
	List(name string) ([]string, error)
	// SyncDir makes the names in a folder durable.
	SyncDir(name string) error
	// Free returns how many bytes can still be written.
	Free() (int64, error)
	Close() error
}

type file interface {
	io.ReaderAt
	io.WriterAt
	// Sync makes the content and the size durable.
	Sync() error
	Truncate(size int64) error
	Size() (int64, error)
	Close() error
}

// diskFolder is a folder of a real file system.
type diskFolder struct {
	root *os.Root
	// self is the folder itself, open.
	self *os.File
}

// makeFolder makes the folder if it is missing, durably.
func makeFolder(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := makeFolder(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, dirMode); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return syncDir(os.Open(parent))
}

func openFolder(dir string) (*diskFolder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	self, err := root.Open(".")
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &diskFolder{root, self}, nil
}

func (d *diskFolder) OpenFile(name string, flag int) (file, error) {
	f, err := d.root.OpenFile(name, flag, fileMode)
	if err != nil {
		return nil, err
	}
	return diskFile{f}, nil
}

func (d *diskFolder) Rename(from, to string) error { return d.root.Rename(from, to) }

func (d *diskFolder) Remove(name string) error { return d.root.Remove(name) }

func (d *diskFolder) Mkdir(name string) error {
	err := d.root.Mkdir(name, dirMode)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	return err
}

func (d *diskFolder) List(name string) ([]string, error) {
	dir, err := d.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }() // It was only read.
	entries, err := dir.ReadDir(-1)
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return sorted(names), err
}

func (d *diskFolder) SyncDir(name string) error { return syncDir(d.root.Open(name)) }

func (d *diskFolder) Close() error { return errors.Join(d.self.Close(), d.root.Close()) }

func syncDir(dir *os.File, err error) error {
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// diskFile is an open file of a real file system.
type diskFile struct{ *os.File }

func (f diskFile) Sync() error { return syncData(f.File) }

func (f diskFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
