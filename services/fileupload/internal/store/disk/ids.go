package disk

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"strings"
)

// namesAtOnce is the number of names read from a folder in one go.
const namesAtOnce = 256

// Parts yields the identifier of every part.
func (s *Store) Parts(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		s.idsIn(ctx, partsFolder, partOf, yield)
	}
}

// Blobs yields the identifier of every blob. It passes over a pack whose header is
// damaged: opening one of its blobs tells.
func (s *Store) Blobs(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for bucket := range buckets {
			if !s.idsIn(ctx, blobFolder(byte(bucket)), blobOf, yield) {
				return
			}
		}
		s.packs.ids(ctx, yield)
	}
}

// idsIn yields the identifiers that idOf finds in the names of one folder, and
// tells whether to go on. A folder that is not there, as in a store of an older version
// that is only looked at, has none.
func (s *Store) idsIn(
	ctx context.Context, folder string, idOf func(name string) (string, bool), yield func(string, error) bool,
) bool {
	dir, err := s.root.Open(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return true
	}
	if err != nil {
		yield("", explain("list identifiers", err))
		return false
	}
	defer func() { _ = dir.Close() }() // It was only read.
	for {
		names, err := readNames(ctx, dir)
		for _, name := range names {
			if id, ok := idOf(name); ok && !yield(id, nil) {
				return false
			}
		}
		if errors.Is(err, io.EOF) {
			return true
		}
		if err != nil {
			yield("", explain("list identifiers", err))
			return false
		}
	}
}

func readNames(ctx context.Context, dir *os.File) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return dir.Readdirnames(namesAtOnce)
}

// partOf returns the identifier of the part that has this name, and false for a
// file that is not the store's.
func partOf(name string) (string, bool) {
	id, isPart := strings.CutSuffix(name, partSuffix)
	return id, isPart && validID(id)
}

// blobOf does the same for a blob.
func blobOf(name string) (string, bool) { return name, validID(name) }
