package ingest

import (
	"context"
	"sync"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// WorkKey names a work: what several streams, one after the other, carry on.
// Since tenant and subject belong to it, nobody can fence another's work.
type WorkKey struct {
	Tenant, Subject, WorkID string
}

// errFenced ends the holder of a work that another took over.
var errFenced = problem.New(problem.Fenced, "another stream of the same identity took this work over")

// claims knows who holds which work. At most one does, and a newcomer takes
// over: the holder is cut, and the newcomer waits until it has settled and let
// go. Of several newcomers the latest wins. Safe for concurrent use.
type claims struct {
	mu sync.Mutex
	// byKey is guarded by mu, as are the fields of its claims.
	byKey map[WorkKey]*claim
}

type claim struct {
	// holder is nil while nobody holds the work and somebody waits for it.
	holder *Stream
	// released is closed when the holder lets go.
	released chan struct{}
	// newest is the number of the latest newcomer.
	newest int
	// waiting counts the newcomers that have not got the work yet.
	waiting int
	// epoch is the newest one of all of them.
	epoch int64
}

func newClaims() *claims {
	return &claims{byKey: map[WorkKey]*claim{}}
}

// take waits until s holds the work, and cuts whoever held it with cause. It
// fails when a later newcomer came, when one of a newer epoch is there, or when
// s ends.
func (c *claims) take(s *Stream, key WorkKey, epoch int64, cause error) error {
	entry, number := c.enter(key, epoch)
	if entry == nil {
		return errFenced
	}
	defer c.leave(key, entry)
	for {
		holder, released, err := c.tryTake(s, entry, number)
		if holder == nil {
			return err
		}
		holder.Cut(cause)
		select {
		case <-released:
		case <-s.ctx.Done():
			return context.Cause(s.ctx)
		}
	}
}

// enter returns nil for an epoch that a newer one has ended.
func (c *claims) enter(key WorkKey, epoch int64) (*claim, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry := c.byKey[key]
	if entry == nil {
		entry = &claim{}
		c.byKey[key] = entry
	}
	if epoch < entry.epoch {
		return nil, 0
	}
	entry.epoch = epoch
	entry.newest++
	entry.waiting++
	return entry, entry.newest
}

func (c *claims) leave(key WorkKey, entry *claim) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry.waiting--
	c.forget(key, entry)
}

// tryTake makes s the holder if nobody is, and returns the holder otherwise.
func (c *claims) tryTake(s *Stream, entry *claim, number int) (*Stream, <-chan struct{}, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if number < entry.newest {
		return nil, nil, errFenced
	}
	if entry.holder != nil {
		return entry.holder, entry.released, nil
	}
	entry.holder, entry.released = s, make(chan struct{})
	return nil, nil, nil
}

// takeIfFree makes s the holder of a work that nobody holds or waits for.
func (c *claims) takeIfFree(s *Stream, key WorkKey) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byKey[key] != nil {
		return false
	}
	c.byKey[key] = &claim{holder: s, released: make(chan struct{}), newest: 1}
	return true
}

// release lets the work go, if s holds it.
func (c *claims) release(s *Stream, key WorkKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry := c.byKey[key]
	if entry == nil || entry.holder != s {
		return
	}
	entry.holder = nil
	close(entry.released)
	c.forget(key, entry)
}

// holder returns who holds the work, or nil.
func (c *claims) holder(key WorkKey) *Stream {
	c.mu.Lock()
	defer c.mu.Unlock()
	if entry := c.byKey[key]; entry != nil {
		return entry.holder
	}
	return nil
}

// forget drops an entry that nobody needs. mu is held.
func (c *claims) forget(key WorkKey, entry *claim) {
	if entry.holder == nil && entry.waiting == 0 {
		delete(c.byKey, key)
	}
}
