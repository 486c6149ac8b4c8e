//go:build !linux

package disk

import (
	"errors"
	"io"
	"os"
)

// punch gives back the room of a range: not here.
func punch(*os.File, int64, int64) error { return errors.ErrUnsupported }

// reserve gives a file room: not here.
func reserve(*os.File, int64, int64) error { return errors.ErrUnsupported }

// nextData takes all up to the file's end for data.
func nextData(file *os.File, from int64) (int64, error) {
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	if from >= info.Size() {
		return 0, io.EOF
	}
	return from, nil
}
