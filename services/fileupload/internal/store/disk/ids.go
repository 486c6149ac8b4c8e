package disk

import (
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"strings"
)

// namesAtOnce is the number of names read from a folder in one go.
const namesAtOnce = 256

// IDs yields the identifier of every part and blob, in no order; one that
// moves meanwhile may be missed or come twice. It ends after the first error.
func (s *Store) IDs(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for folder := range folders() {
			if !s.idsIn(ctx, folder, yield) {
				return
			}
		}
	}
}

// idsIn yields the identifiers in one folder and tells whether to go on.
func (s *Store) idsIn(ctx context.Context, folder string, yield func(string, error) bool) bool {
	dir, err := s.root.Open(folder)
	if err != nil {
		yield("", explain("list identifiers", err))
		return false
	}
	defer func() { _ = dir.Close() }() // It was only read.
	for {
		names, err := readNames(ctx, dir)
		for _, name := range names {
			if id, ok := idOf(folder, name); ok && !yield(id, nil) {
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

// idOf returns the identifier that a file's name stands for, and false for a
// file that is not the store's.
func idOf(folder, name string) (string, bool) {
	if folder != partsFolder {
		return name, validID(name)
	}
	id, isPart := strings.CutSuffix(name, partSuffix)
	return id, isPart && validID(id)
}
