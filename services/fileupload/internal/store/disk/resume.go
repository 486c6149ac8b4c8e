package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// Resume opens the part, or renames the blob back to a part, and cuts it to
// size bytes.
func (s *Store) Resume(_ context.Context, id string, size int64, _ []byte) (core.Part, error) {
	at, err := placeOf(id)
	if err != nil {
		return nil, err
	}
	file, err := s.openPart(at)
	if err != nil {
		return nil, explain("resume part", err)
	}
	if err := cut(file, size); err != nil {
		return nil, errors.Join(explain("resume part", err), file.Close())
	}
	return newPart(s, file, size), nil
}

func (s *Store) openPart(at place) (*os.File, error) {
	file, err := s.root.OpenFile(at.part, os.O_RDWR, 0)
	if !errors.Is(err, fs.ErrNotExist) {
		return file, err
	}
	if err := s.root.Rename(at.blob, at.part); err != nil {
		return nil, err
	}
	if err := s.syncFolders(partsFolder, at.folder); err != nil {
		return nil, err
	}
	return s.root.OpenFile(at.part, os.O_RDWR, 0)
}

// cut drops what lies behind size; a file that is shorter does not exist.
func cut(file *os.File, size int64) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	switch {
	case info.Size() < size:
		return fmt.Errorf("%d of %d bytes are there: %w", info.Size(), size, fs.ErrNotExist)
	case info.Size() > size:
		return file.Truncate(size)
	}
	return nil
}
