// Package pointsend feeds points from files to the SDK and tells how it went.
package pointsend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/pointfile"
	"github.com/sluice-ingest/sluice/tools/internal/sending"
)

// Feed reads inputs one after the other.
type Feed struct {
	// Paths of the inputs; [pointfile.Stdin] is Stdin.
	Paths   []string
	Stdin   io.Reader
	Options pointfile.Options
	// Skip is how many points to pass over, which an earlier run has sent.
	Skip int64
	// Bad is told of each line that can't be read, and Failed of each input.
	Bad    func(*pointfile.LineError)
	Failed func(path string, err error)

	places sending.Places
	// read counts the points that were read, skipped ones included.
	read int64
}

// Run puts the points into the channel and closes it at the end. It stops with
// ctx. An input that can't be read stops no other.
func (f *Feed) Run(ctx context.Context, to chan<- *client.DataPoint) {
	defer close(to)
	for _, path := range f.Paths {
		if err := f.readFile(ctx, path, to); err != nil {
			if ctx.Err() != nil {
				return
			}
			f.Failed(path, err)
		}
	}
}

// Skipped is how many points were passed over.
func (f *Feed) Skipped() int64 { return min(f.Skip, f.read) }

// Place tells where a point stands that was sent, counted from 0.
func (f *Feed) Place(point int64) (path string, line int, ok bool) {
	if point < 0 {
		return "", 0, false
	}
	return f.places.Of(point)
}

// open returns an input and what closes it.
func (f *Feed) open(ctx context.Context, path string) (io.Reader, func(), error) {
	if path == pointfile.Stdin {
		in, stop := sending.Interruptible(ctx, f.Stdin)
		return in, stop, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, reason(path, err)
	}
	return file, func() { _ = file.Close() }, nil // it was only read
}

func (f *Feed) readFile(ctx context.Context, path string, to chan<- *client.DataPoint) error {
	in, stop, err := f.open(ctx, path)
	if err != nil {
		return err
	}
	defer stop()
	for point, err := range pointfile.Read(in, path, f.Options) {
		if line, ok := errors.AsType[*pointfile.LineError](err); ok {
			f.Bad(line)
			continue
		}
		if err != nil {
			return err
		}
		if err := f.put(ctx, path, point, to); err != nil {
			return err
		}
	}
	return nil
}

func (f *Feed) put(ctx context.Context, path string, point pointfile.Point, to chan<- *client.DataPoint) error {
	f.read++
	if f.read <= f.Skip {
		return nil
	}
	f.places.Add(f.read-1-f.Skip, path, point.Line)
	select {
	case to <- point.DataPoint:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// reason drops the operation from an error of the file system.
func reason(path string, err error) error {
	if pathErr, ok := errors.AsType[*os.PathError](err); ok {
		return fmt.Errorf("%s: %w", path, pathErr.Err)
	}
	return err
}
