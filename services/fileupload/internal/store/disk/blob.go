package disk

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// blob is a file that does not change. Its content stays readable until Close
// even when it is discarded meanwhile.
type blob struct {
	file *os.File
	size int64
}

var _ core.Blob = (*blob)(nil)

// Open opens a blob for reading. One that is not in a pack, or not as it was put, may
// be a file that somebody has brought back.
func (s *Store) Open(_ context.Context, id string) (core.Blob, error) {
	at, err := placeOf(id)
	if err != nil {
		return nil, err
	}
	packed, err := s.packs.openBlob(id)
	if err == nil {
		return packed, nil
	}
	if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, core.ErrDamaged) {
		return nil, explain("open blob", err)
	}
	b, fileErr := s.openBlob(at)
	switch {
	case fileErr == nil:
		return b, nil
	case errors.Is(fileErr, fs.ErrNotExist):
		return nil, explain("open blob", err)
	}
	return nil, explain("open blob", fileErr)
}

func (s *Store) openBlob(at place) (*blob, error) {
	file, err := s.root.Open(at.blob)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &blob{file: file, size: info.Size()}, nil
}

func (b *blob) ReadAt(p []byte, offset int64) (int, error) { return b.file.ReadAt(p, offset) }

func (b *blob) Size() int64 { return b.size }

func (b *blob) Close() error { return b.file.Close() }
