package fileupload

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/sluice-ingest/sluice/libs/seal"
	"github.com/sluice-ingest/sluice/libs/seal/sealfile"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// partSizeIn returns what tells how many bytes the parts in a data folder have. It
// touches nothing, which a store can't promise: to open a part is to go on with it.
// Of a sealed part whole segments count.
func partSizeIn(dir string) func(ctx context.Context, id string) (int64, error) {
	return func(_ context.Context, id string) (int64, error) {
		path := filepath.Join(dir, "parts", id)
		info, err := os.Stat(path + ".part")
		if err == nil {
			return info.Size(), nil
		}
		if errors.Is(err, fs.ErrNotExist) {
			return sealedPartSize(path + "-sealed.part")
		}
		return 0, fmt.Errorf("look at a part: %w", err)
	}
}

func sealedPartSize(path string) (size int64, err error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, core.ErrNotFound
	}
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	if info.Size() < sealfile.HeaderSize {
		return 0, nil
	}
	header, err := sealfile.Inspect(file, info.Size())
	if errors.Is(err, seal.ErrDamaged) {
		return 0, nil // Without its header nothing of it can be read.
	}
	if err != nil {
		return 0, err
	}
	segments := (info.Size() - sealfile.HeaderSize) / int64(header.SegmentSize+seal.Overhead)
	return segments * int64(header.SegmentSize), nil
}
