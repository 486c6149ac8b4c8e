package logsend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/logfile"
	"github.com/sluice-ingest/sluice/tools/internal/sending"
)

// linger is how long an entry of standard input waits for further lines of it.
const linger = 500 * time.Millisecond

// Feed reads inputs one after the other.
type Feed struct {
	// Paths of the inputs; [logfile.Stdin] is Stdin.
	Paths   []string
	Stdin   io.Reader
	Options logfile.Options
	// Skip is how many entries to pass over, which an earlier run has sent.
	Skip int64
	// Found is told of the format of each input, and Failed of each that can't be
	// read to its end.
	Found  func(path string, format logfile.Format)
	Failed func(path string, err error)

	places  sending.Places
	reports []Report
	// read counts the entries that were read, skipped ones included.
	read int64
}

// Report is what became of an input.
type Report struct {
	Path   string
	Format logfile.Format
	logfile.Stats
}

// Run puts the entries into the channel and closes it at the end. It stops with
// ctx. An input that can't be read stops no other.
func (f *Feed) Run(ctx context.Context, to chan<- *client.LogEntry) {
	defer close(to)
	put := func(path string, e *logfile.Entry) error { return f.put(ctx, path, e, to) }
	for _, path := range f.Paths {
		if err := f.readInput(ctx, path, put); err != nil {
			if ctx.Err() != nil {
				return
			}
			f.Failed(path, err)
		}
	}
}

// Collect returns the first entries of the inputs, at most so many and so many
// bytes of messages and fields. More tells that there are others.
func (f *Feed) Collect(ctx context.Context, count, bytes int) (entries []logfile.Entry, more bool, err error) {
	for _, path := range f.Paths {
		err := f.readInput(ctx, path, func(_ string, e *logfile.Entry) error {
			bytes -= size(e)
			if len(entries) == count || bytes < 0 {
				return errEnough
			}
			entries = append(entries, *e)
			return nil
		})
		if errors.Is(err, errEnough) {
			return entries, true, nil
		}
		if err != nil {
			return nil, false, err
		}
	}
	return entries, false, nil
}

// errEnough ends the reading of inputs of which no more is wanted.
var errEnough = errors.New("enough")

func size(e *logfile.Entry) int {
	bytes := len(e.Message)
	for name, value := range e.Fields {
		bytes += len(name) + len(value)
	}
	return bytes
}

// Skipped is how many entries were passed over.
func (f *Feed) Skipped() int64 { return min(f.Skip, f.read) }

// Reports tell of the inputs that were begun, in their order.
func (f *Feed) Reports() []Report { return f.reports }

// Place tells where an entry begins that was sent, counted from 0.
func (f *Feed) Place(entry int64) (path string, line int, ok bool) {
	if entry < 0 {
		return "", 0, false
	}
	return f.places.Of(entry)
}

func (f *Feed) readInput(ctx context.Context, path string, put func(string, *logfile.Entry) error) error {
	in, stop, err := f.open(ctx, path)
	if err != nil {
		return err
	}
	defer stop()
	defer func() {
		f.reports = append(f.reports, Report{Path: path, Format: in.Format(), Stats: in.Stats()})
	}()
	for entry, err := range in.Entries() {
		if err != nil {
			return err
		}
		if err := put(path, &entry); err != nil {
			return err
		}
	}
	return nil
}

// open returns an input and what closes it.
func (f *Feed) open(ctx context.Context, path string) (*logfile.Input, func(), error) {
	o := f.Options
	o.Found = func(format logfile.Format) { f.Found(path, format) }
	if path == logfile.Stdin {
		o.Linger = linger
		r, stop := sending.Interruptible(ctx, f.Stdin)
		in, err := logfile.NewInput(r, path, o)
		if err != nil {
			stop()
		}
		return in, stop, err
	}
	in, file, err := logfile.OpenFile(path, o)
	if err != nil {
		return nil, nil, reason(path, err)
	}
	return in, func() { _ = file.Close() }, nil // it was only read
}

func (f *Feed) put(ctx context.Context, path string, e *logfile.Entry, to chan<- *client.LogEntry) error {
	f.read++
	if f.read <= f.Skip {
		return nil
	}
	f.places.Add(f.read-1-f.Skip, path, e.Line)
	select {
	case to <- Encoded(e):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Encoded is an entry as the SDK sends it.
func Encoded(e *logfile.Entry) *client.LogEntry {
	return &client.LogEntry{Application: e.Application, Level: e.Level, Time: e.Time, Message: e.Message, Fields: e.Fields}
}

// reason drops the operation from an error of the file system.
func reason(path string, err error) error {
	if pathErr, ok := errors.AsType[*os.PathError](err); ok {
		return fmt.Errorf("%s: %w", path, pathErr.Err)
	}
	return err
}
