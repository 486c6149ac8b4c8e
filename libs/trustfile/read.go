package trustfile

import (
	"fmt"
	"io"
	"os"
)

// maxBytes bounds what is read of a file: some ten thousand keys or rules.
const maxBytes = 16 << 20

// Read returns the content of the file at path. It refuses a file that others
// than its owner may write, since they could let themselves in, and one of more
// than 16 MiB.
func Read(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // Nothing was written.
	if err := checkMode(file); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxBytes {
		return nil, fmt.Errorf("%s has more than %d MiB: is it the right file?", path, maxBytes>>20)
	}
	return data, nil
}

func checkMode(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return fmt.Errorf("%s has mode %#o: others may write it; run chmod go-w on it", file.Name(), mode)
	}
	return nil
}
