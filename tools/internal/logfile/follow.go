package logfile

import (
	"errors"
	"io"
	"time"
)

// each reads the lines to the end.
func (in *Input) each(yield func(Entry) bool) error {
	if in.options.Linger > 0 {
		return in.follow(yield)
	}
	for {
		l, err := in.lines.next()
		if err != nil {
			return in.finish(err, yield)
		}
		if !in.take(l, yield) {
			return errStopped
		}
	}
}

// finish yields the last entry. The end of the input is no error.
func (in *Input) finish(err error, yield func(Entry) bool) error {
	if !in.flush(yield) {
		return errStopped
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// follow reads an input that may pause: the open entry is yielded when nothing
// came for the time of [Options.Linger]. The goroutine that reads ends when its
// reader does, which the caller has to see to when it stops early.
func (in *Input) follow(yield func(Entry) bool) error {
	arrivals, done := make(chan arrival, followAhead), make(chan struct{})
	defer close(done)
	go in.lines.send(arrivals, done)
	quiet := time.NewTimer(in.options.Linger)
	defer quiet.Stop()
	for {
		select {
		case a := <-arrivals:
			if a.err != nil {
				return in.finish(a.err, yield)
			}
			if !in.take(a.line, yield) {
				return errStopped
			}
			quiet.Reset(in.options.Linger)
		case <-quiet.C:
			if !in.flush(yield) {
				return errStopped
			}
		}
	}
}

// followAhead is how many lines are read before they are wanted.
const followAhead = 64

// arrival is a line, or why there are no more.
type arrival struct {
	line line
	err  error
}

// send reads lines until there are no more or done is closed.
func (l *lines) send(to chan<- arrival, done <-chan struct{}) {
	for {
		one, err := l.next()
		select {
		case to <- arrival{one, err}:
		case <-done:
			return
		}
		if err != nil {
			return
		}
	}
}
