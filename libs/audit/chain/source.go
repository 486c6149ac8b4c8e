package chain

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// Source is a file of an audit log.
type Source struct {
	// Name is for errors.
	Name string

	io.Reader
}

// lines calls each with every line of the source, without its line feed, until
// it returns an error. The slice is used again for the next line.
func (s Source) lines(each func(number int, line []byte) error) error {
	in := bufio.NewReaderSize(s.Reader, MaxLine)
	for number := 1; ; number++ {
		line, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF) && len(line) == 0:
			return nil
		case errors.Is(err, io.EOF):
			return &BrokenError{File: s.Name, Line: number, Cause: Unfinished, Detail: "it has no end: " +
				"the service is writing it, or was killed while it did and cuts it off when it starts"}
		case errors.Is(err, bufio.ErrBufferFull):
			return &BrokenError{File: s.Name, Line: number, Cause: Changed, Detail: "it is longer than any line of an audit log"}
		case err != nil:
			return fmt.Errorf("read %s: %w", s.Name, err)
		}
		if err := each(number, line[:len(line)-1]); err != nil {
			return err
		}
	}
}
