package pointfile

import (
	"errors"
	"fmt"
	"io"
	"iter"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

// LineError says why one line holds no point. The lines after it are read.
type LineError struct {
	// File as it was named, and Line from 1.
	File string
	Line int
	// Err is what is wrong.
	Err error
}

// Error names the place first, as compilers do.
func (e *LineError) Error() string {
	return fmt.Sprintf("%s:%d: %v", displayName(e.File), e.Line, e.Err)
}

// Unwrap returns what is wrong.
func (e *LineError) Unwrap() error { return e.Err }

// Point is a point and the line that it stands on.
type Point struct {
	*collectorv1.DataPoint

	Line int
}

// Read yields the points of an input in its order. A [LineError] is followed by
// the next point; any other error is the last. The name is that of the file,
// [Stdin] for none; it is not opened.
func Read(r io.Reader, name string, o Options) iter.Seq2[Point, error] {
	return func(yield func(Point, error) bool) {
		in := &input{name: name, lines: newLines(r), options: o.forFile(name)}
		err := in.readAll(yield)
		if err != nil && !errors.Is(err, errStopped) {
			yield(Point{}, fmt.Errorf("%s: %w", displayName(name), err))
		}
	}
}

// errStopped says that the caller wants no more.
var errStopped = errors.New("stopped")

func displayName(name string) string {
	if name == Stdin {
		return "standard input"
	}
	return name
}

// input is one file that is being read.
type input struct {
	name    string
	lines   *lines
	options Options
}

// decoder turns a line into a point.
type decoder interface {
	decode(line string) (*collectorv1.DataPoint, error)
}

func (in *input) readAll(yield func(Point, error) bool) error {
	first, err := in.lines.next()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("line %d: %w", in.lines.number, err)
	}
	var decode decoder = ndjsonDecoder{in.options}
	if in.options.Format.of(first) == FormatCSV {
		var headed bool
		if decode, headed, err = newCSVDecoder(first, in.lines.ahead, in.options); err != nil {
			return err
		}
		if headed {
			return in.rest(decode, yield)
		}
	}
	if !in.yield(decode, first, nil, yield) {
		return errStopped
	}
	return in.rest(decode, yield)
}

func (in *input) rest(decode decoder, yield func(Point, error) bool) error {
	for {
		line, err := in.lines.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && !errors.Is(err, errLineTooLong) && !errors.Is(err, errNotUTF8):
			return fmt.Errorf("after line %d: %w", in.lines.number, err)
		}
		if !in.yield(decode, line, err, yield) {
			return errStopped
		}
	}
}

// yield decodes a line that was read, or passes on why it was not.
func (in *input) yield(decode decoder, line string, err error, yield func(Point, error) bool) bool {
	var point *collectorv1.DataPoint
	if err == nil {
		point, err = decode.decode(line)
	}
	if err != nil {
		return yield(Point{}, &LineError{File: in.name, Line: in.lines.number, Err: err})
	}
	return yield(Point{DataPoint: in.options.finish(point), Line: in.lines.number}, nil)
}
