package logfile

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// OpenFile begins to read a file. Its modification time is the reference unless
// the options have another. A file whose timestamps have no year is read twice,
// so that all its entries fit before the reference. The caller closes the file
// that is returned.
func OpenFile(path string, o Options) (*Input, io.Closer, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("open: %w", err)
	}
	in, err := inputOf(file, path, o)
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return in, file, nil
}

func inputOf(file *os.File, path string, o Options) (*Input, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("look at the file: %w", err)
	}
	if o.Reference.IsZero() {
		o.Reference = info.ModTime()
	}
	in, err := NewInput(file, path, o)
	if err != nil || !info.Mode().IsRegular() || !in.lacksYears() {
		return in, err
	}
	in.clock.lookAt(in.parser, in.lines)
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read the file again: %w", err)
	}
	o.Format, o.Found = in.format, nil
	again, err := NewInput(file, path, o)
	if err != nil {
		return nil, err
	}
	again.clock, again.parser = in.clock, in.parser
	return again, nil
}

// lacksYears tells whether a timestamp in the first lines has no year.
func (in *Input) lacksYears() bool {
	if in.parser == nil {
		return false
	}
	seen := &survey{}
	in.clock.survey = seen
	for _, text := range in.lines.ahead() {
		in.parser.parse(text, &Entry{})
	}
	in.clock.survey = nil
	return !seen.first.IsZero()
}
