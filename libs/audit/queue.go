package audit

import (
	"slices"
	"sync"
	"time"
)

// capacity is how many events wait to be written.
const capacity = 4096

// queue is between the calls and the goroutine that writes.
type queue struct {
	// required makes callers wait for room also while the log can't be written.
	required bool
	// filled gets a token when there is something to write.
	filled chan struct{}

	mu sync.Mutex
	// room is told when events were taken, or nobody has to wait any more.
	room    sync.Cond
	events  []Event
	folds   folds
	lost    int64
	failing error
	closed  bool
}

func newQueue(required bool) *queue {
	q := &queue{required: required, filled: make(chan struct{}, 1)}
	q.room.L = &q.mu
	return q
}

// outcome is what became of an event.
type outcome int

const (
	queued outcome = iota
	folded
	dropped
)

// put takes an event in, once there is room.
func (q *queue) put(e Event) outcome {
	q.mu.Lock()
	defer q.mu.Unlock()
	e.Time = time.Now()
	if !q.closed && !q.folds.admit(e) {
		return folded
	}
	for len(q.events) >= capacity && !q.closed && (q.required || q.failing == nil) {
		q.room.Wait()
	}
	if q.closed || len(q.events) >= capacity {
		q.lost++
		return dropped
	}
	q.events = append(q.events, e)
	select {
	case q.filled <- struct{}{}:
	default:
	}
	return queued
}

// take returns all events that wait, with those that tell of folded and lost
// ones. At the end of the log last is true.
func (q *queue) take(now time.Time, last bool) []Event {
	q.mu.Lock()
	defer q.mu.Unlock()
	events := slices.Concat(q.events, q.folds.ended(now, last))
	clear(q.events)
	q.events = q.events[:0]
	if q.lost > 0 {
		e := lost(q.lost)
		e.Time, q.lost = now, 0
		events = append(events, e)
	}
	q.room.Broadcast()
	return events
}

// setFailing says that the log can't be written, or with nil that it can.
func (q *queue) setFailing(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.failing = err
	q.room.Broadcast()
}

// err is why the log can't be written, or nil.
func (q *queue) err() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.failing
}

// close lets nothing more in, and no caller wait.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.room.Broadcast()
}

// left is how many events nobody will write any more, which are not in
// the queue.
func (q *queue) left() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	var repeats int64
	for _, f := range q.folds.open {
		repeats += f.repeats
	}
	return int64(len(q.events)) + q.lost + repeats
}
