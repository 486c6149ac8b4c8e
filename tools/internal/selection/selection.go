// Package selection turns the paths of a command line into the files to
// upload.
package selection

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// File is a file to upload.
type File struct {
	// Path as it was given, or found below the folder that was given.
	Path string
	// Abs is the absolute path.
	Abs string
	// Name to store it under: the last element of the path.
	Name string
	// Size in bytes and ModTime, when it was selected.
	Size    int64
	ModTime time.Time
}

// Skipped is something in a folder that is neither a file nor a folder.
type Skipped struct {
	Path string
	// Why is a phrase such as `a symbolic link`.
	Why string
}

// Selection is what the paths stand for.
type Selection struct {
	// Files in the order of the paths, those of a folder in lexical order. Each
	// file is there once.
	Files   []File
	Skipped []Skipped
}

// Expand returns the files that the paths stand for: a file for itself, a
// folder for all files below it. A symbolic link is followed when it was
// given, not when it was found in a folder. What is hidden in a folder (a name
// that begins with a dot) is left out unless all is set. A path that is not
// there is an error.
func Expand(paths []string, all bool) (Selection, error) {
	e := expansion{all: all, seen: map[string]bool{}}
	var errs []error
	for _, path := range paths {
		errs = append(errs, e.add(path))
	}
	return e.selection, errors.Join(errs...)
}

type expansion struct {
	selection Selection
	all       bool
	// seen has the absolute paths of the files selected.
	seen map[string]bool
}

func (e *expansion) add(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("cannot upload %s: %w", path, reason(err))
	case info.IsDir():
		return e.addFolder(path)
	case !info.Mode().IsRegular():
		return fmt.Errorf("cannot upload %s: it is %s", path, kind(info.Mode()))
	}
	return e.addFile(path, info)
}

func (e *expansion) addFolder(root string) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("cannot read %s: %w", path, reason(err))
		case path != root && !e.all && strings.HasPrefix(entry.Name(), "."):
			return skip(entry)
		case entry.IsDir():
			return nil
		case !entry.Type().IsRegular():
			e.selection.Skipped = append(e.selection.Skipped, Skipped{Path: path, Why: kind(entry.Type())})
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return fmt.Errorf("cannot read %s: %w", path, reason(err))
		}
		return e.addFile(path, info)
	})
}

func (e *expansion) addFile(path string, info fs.FileInfo) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("cannot upload %s: %w", path, err)
	}
	if e.seen[abs] {
		return nil
	}
	e.seen[abs] = true
	e.selection.Files = append(e.selection.Files, File{
		Path: path, Abs: abs, Name: filepath.Base(abs), Size: info.Size(), ModTime: info.ModTime(),
	})
	return nil
}

func skip(entry fs.DirEntry) error {
	if entry.IsDir() {
		return fs.SkipDir
	}
	return nil
}

func kind(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	}
	return "no regular file"
}

// reason drops the operation and the path from a file system error, which the
// message around it already names.
func reason(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err
	}
	return err
}
