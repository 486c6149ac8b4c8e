package journal

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
)

// copyChunk is how much is copied at a time.
const copyChunk = 64 << 10

func sorted(names []string) []string {
	slices.Sort(names)
	return names
}

func contains(names []string, name string) bool {
	_, found := slices.BinarySearch(names, name)
	return found
}

// readWhole returns up to limit bytes from the beginning of a file.
func readWhole(fsys fileSystem, name string, limit int) ([]byte, error) {
	f, err := fsys.OpenFile(name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // It was only read.
	content := make([]byte, limit)
	n, err := f.ReadAt(content, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return content[:n], err
}

// copyRange copies size bytes from one file into another.
func copyRange(to file, toOffset int64, from io.ReaderAt, fromOffset, size int64) error {
	return copyChunks(to, toOffset, from, fromOffset, size, nil)
}

// copySparse is copyRange into a new file, where it leaves what is zero out.
func copySparse(to file, toOffset int64, from io.ReaderAt, fromOffset, size int64) error {
	return copyChunks(to, toOffset, from, fromOffset, size, make([]byte, copyChunk))
}

// copyChunks leaves out the chunks that are equal to skip.
func copyChunks(to file, toOffset int64, from io.ReaderAt, fromOffset, size int64, skip []byte) error {
	chunk := make([]byte, min(size, copyChunk))
	for done := int64(0); done < size; {
		n := min(size-done, copyChunk)
		if _, err := from.ReadAt(chunk[:n], fromOffset+done); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if !bytes.Equal(chunk[:n], skip) {
			if err := writeAt(to, chunk[:n], toOffset+done); err != nil {
				return err
			}
		}
		done += n
	}
	return nil
}

// writeAt writes all of p or fails with a writeError.
func writeAt(f file, p []byte, offset int64) error {
	n, err := f.WriteAt(p, offset)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return &writeError{err}
	}
	return nil
}

// writeError is of a write. The file is sound up to where it was synced, unlike
// after a failed sync.
type writeError struct{ error }

func (e *writeError) Unwrap() error { return e.error }

func isWriteError(err error) bool {
	_, ok := errors.AsType[*writeError](err)
	return ok
}
