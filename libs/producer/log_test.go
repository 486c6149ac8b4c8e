package producer_test

import (
	"context"
	"errors"
	"sync"

	"github.com/sluice-ingest/sluice/libs/journal"
)

var errLost = errors.New("the disk failed")

// log is a journal that becomes durable when a test says so.
type log struct {
	mu       sync.Mutex
	end      journal.Position
	durable  journal.Position
	failed   error
	movement chan struct{}
}

func newLog() *log { return &log{movement: make(chan struct{})} }

// write appends a record of one byte.
func (l *log) write() (journal.Position, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end++
	return l.end, nil
}

func (l *log) sync() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.durable = l.end
	l.move()
}

// fail loses what is not durable.
func (l *log) fail() journal.Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end, l.failed = l.durable, errLost
	l.move()
	return l.durable
}

func (l *log) move() {
	close(l.movement)
	l.movement = make(chan struct{})
}

func (l *log) Durable() journal.Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.durable
}

func (l *log) Moved() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.movement
}

func (l *log) state() (durable journal.Position, moved <-chan struct{}, failed error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.durable, l.movement, l.failed
}

func (l *log) Wait(ctx context.Context, upTo journal.Position) error {
	for {
		durable, moved, failed := l.state()
		if durable >= upTo || failed != nil {
			return failed
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
