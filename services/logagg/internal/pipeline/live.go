package pipeline

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"
)

// Live holds the pipeline of a file as it is now.
type Live struct {
	path    string
	current atomic.Pointer[Pipeline]

	// What was read last, good or bad. Only the watching goroutine uses it.
	read    version
	content [sha256.Size]byte
	absent  bool // The last look could not read the file, and that was told.
}

// NewLive reads the rules file at path, which must be there and valid. An empty
// path stands for [Default], which never changes.
func NewLive(path string) (*Live, error) {
	l := &Live{path: path}
	if path == "" {
		l.current.Store(Default())
		return l, nil
	}
	source, read, err := load(path)
	if err != nil {
		return nil, err
	}
	p, err := compileFile(source)
	if err != nil {
		return nil, l.explain(err)
	}
	l.read, l.content = read, sha256.Sum256(source)
	l.current.Store(p)
	return l, nil
}

// Current returns the pipeline to use from now on. It is safe for concurrent
// use.
func (l *Live) Current() *Pipeline { return l.current.Load() }

// Watch looks at the file once in each interval, until ctx ends, and takes its
// content over when that has changed, in place, by rename or by turning a link.
// It calls told after each change: with the file's text and nil when the new rules
// hold, and with the error when they are not valid or the file can't be read, so
// that the rules stay as they were. Watch runs once at a time.
func (l *Live) Watch(ctx context.Context, interval time.Duration, told func(source []byte, err error)) {
	if l.path == "" {
		<-ctx.Done()
		return
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if source, changed, err := l.look(); changed {
				told(source, err)
			}
		}
	}
}

// look takes changed rules over. changed tells that there is something to say.
func (l *Live) look() (source []byte, changed bool, err error) {
	if info, err := os.Stat(l.path); err == nil && l.read.holds(info) {
		return nil, false, nil
	}
	source, read, err := load(l.path)
	if errors.Is(err, errWritten) {
		return nil, false, nil // The next look comes soon.
	}
	if err != nil {
		told := l.absent
		l.absent, l.read = true, version{}
		return nil, !told, err
	}
	content := sha256.Sum256(source)
	same := content == l.content && !l.absent
	l.absent, l.read, l.content = false, read, content
	if same {
		return nil, false, nil
	}
	p, err := compileFile(source)
	if err != nil {
		return nil, true, l.explain(err)
	}
	l.current.Store(p)
	return source, true, nil
}

// errEmpty refuses a file that somebody is about to write, or has emptied by
// mistake: the rules in force would all go.
var errEmpty = errors.New("the file is empty; for no rules of your own write redact: {}, or name no file")

func compileFile(source []byte) (*Pipeline, error) {
	for line := range bytes.Lines(source) {
		if text := bytes.TrimSpace(line); len(text) > 0 && text[0] != '#' {
			return Compile(source)
		}
	}
	return nil, errEmpty
}

func (l *Live) explain(err error) error {
	return fmt.Errorf("rules file %s: %w", l.path, err)
}

// errWritten says that a file changed while it was read.
var errWritten = errors.New("the rules file is being written")

// load reads a file that nobody writes at this moment.
func load(path string) ([]byte, version, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, version{}, fmt.Errorf("open rules file: %w", err)
	}
	defer func() { _ = file.Close() }() // Nothing was written.
	before, err := file.Stat()
	if err != nil {
		return nil, version{}, fmt.Errorf("stat rules file: %w", err)
	}
	source, err := io.ReadAll(io.LimitReader(file, maxFile))
	if err != nil {
		return nil, version{}, fmt.Errorf("read rules file: %w", err)
	}
	after, err := file.Stat()
	if err != nil {
		return nil, version{}, fmt.Errorf("stat rules file: %w", err)
	}
	if !sameState(before, after) {
		return nil, version{}, errWritten
	}
	return source, version{info: after, at: time.Now()}, nil
}
