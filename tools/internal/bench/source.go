package bench

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/sluice-ingest/sluice/tools/internal/load"
)

// seed of the first file's content; the others' follow it.
const seed = 42

// source is a file to upload.
type source struct {
	path     string
	checksum string
}

// makeSources writes the files below dir.
func makeSources(dir string, files int, size int64) ([]source, error) {
	dir = filepath.Join(dir, "source")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the files to upload: %w", err)
	}
	sources := make([]source, 0, files)
	for i := range files {
		path := filepath.Join(dir, fmt.Sprintf("%06d.bin", i))
		checksum, err := load.WriteFile(path, io.LimitReader(load.Random(seed+uint64(i)), size))
		if err != nil {
			return nil, err
		}
		sources = append(sources, source{path: path, checksum: checksum})
	}
	return sources, nil
}
