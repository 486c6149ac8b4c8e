package core

import (
	"sync"
	"time"
)

// doubts are identifiers of blobs and parts that may be nobody's. The zero value
// has none. Safe for concurrent use.
type doubts struct {
	mu sync.Mutex
	// due is when each may be settled; guarded by mu.
	due map[string]time.Time
}

// add keeps identifiers until they are taken, a moment given at the earliest.
func (d *doubts) add(due time.Time, ids ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.due == nil && len(ids) > 0 {
		d.due = map[string]time.Time{}
	}
	for _, id := range ids {
		d.due[id] = due
	}
}

// take removes and returns those that are due at a moment and that ripe accepts.
func (d *doubts) take(now time.Time, ripe func(id string) bool) (ids []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, due := range d.due {
		if !now.Before(due) && ripe(id) {
			ids = append(ids, id)
			delete(d.due, id)
		}
	}
	if len(d.due) == 0 {
		d.due = nil // Not the room of many that a sweep has found.
	}
	return ids
}
