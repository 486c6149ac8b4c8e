package chain

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Last reads the end of a file of so many bytes. It returns the place of its
// last whole line, zero when there is none, and where that line ends; what is
// behind was never finished. A last line that does not hold is an error.
func Last(file io.ReaderAt, size int64) (head Head, end int64, err error) {
	end, err = lastFeed(file, size)
	if err != nil || end == 0 {
		return Head{}, 0, err
	}
	line := make([]byte, min(end, MaxLine))
	if err := readAt(file, line, end-int64(len(line))); err != nil {
		return Head{}, 0, err
	}
	line = line[:len(line)-1]
	event, err := unseal(line[bytes.LastIndexByte(line, '\n')+1:])
	if err != nil {
		return Head{}, 0, fmt.Errorf("its last line does not hold: %w", err)
	}
	return Head{event.Sequence, event.Hash}, end, nil
}

// lastFeed returns where the last line feed ends, 0 when there is none.
func lastFeed(file io.ReaderAt, size int64) (int64, error) {
	for size > 0 {
		block := make([]byte, min(size, MaxLine))
		size -= int64(len(block))
		if err := readAt(file, block, size); err != nil {
			return 0, err
		}
		if at := bytes.LastIndexByte(block, '\n'); at >= 0 {
			return size + int64(at) + 1, nil
		}
	}
	return 0, nil
}

// readAt fills the block; the end of the file is no error behind its last byte.
func readAt(file io.ReaderAt, block []byte, at int64) error {
	n, err := file.ReadAt(block, at)
	if n == len(block) && errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// First returns the sequence of the first line of a file, whose hash is not
// checked.
func First(file io.ReaderAt) (int64, error) {
	line, err := bufio.NewReaderSize(io.NewSectionReader(file, 0, MaxLine), MaxLine).ReadSlice('\n')
	if err != nil {
		return 0, fmt.Errorf("read the first line: %w", err)
	}
	var event Event
	if err := json.Unmarshal(line, &event); err != nil || event.Sequence < 1 {
		return 0, errors.New("its first line is no line of an audit log")
	}
	return event.Sequence, nil
}
