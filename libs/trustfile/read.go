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
func Read(path string) ([]byte, error) { return read(path, othersWrite) }

// ReadSecret is [Read] of a file that others than its owner may not read either.
func ReadSecret(path string) ([]byte, error) { return read(path, othersReadOrWrite) }

// access is what others than its owner may not do with a file.
type access struct {
	bits       os.FileMode
	what, mend string
}

var (
	othersWrite       = access{bits: 0o022, what: "write", mend: "go-w"}
	othersReadOrWrite = access{bits: 0o077, what: "read or write", mend: "600"}
)

func read(path string, refused access) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // Nothing was written.
	if err := checkMode(file, refused); err != nil {
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

func checkMode(file *os.File, refused access) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&refused.bits != 0 {
		return fmt.Errorf("%s has mode %#o: others may %s it; run chmod %s on it", file.Name(), mode, refused.what, refused.mend)
	}
	return nil
}
