package core

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

const (
	// maxTails is how many tails are open at once, of which a tenant has at most half
	// of what the others leave.
	maxTails = 64
	// maxTailBytes is what a tail holds at most for a reader that does not keep
	// up. It is more than most frames have, since those come at once.
	maxTailBytes = 2 << 20
	// maxMatchTime is how long a tail may look at the entries of a frame. What
	// comes is applied only then.
	maxMatchTime = time.Second
)

// Tails hand entries to those who follow them live. Safe for concurrent use.
type Tails struct {
	// durable is the end of what is durable in the journal.
	durable func() journal.Position

	mu sync.RWMutex
	// open is guarded by mu.
	open map[*Tail]struct{}
}

// NewTails returns tails that nobody follows. durable tells how much of the
// journal is durable.
func NewTails(durable func() journal.Position) *Tails {
	return &Tails{durable: durable, open: map[*Tail]struct{}{}}
}

// Tail is one reader's view of what comes. Next and Close are for one
// goroutine.
type Tail struct {
	tails  *Tails
	tenant string
	filter Filter
	// after is where the journal ended when the tail began.
	after journal.Position
	// more has a value when something waits.
	more chan struct{}

	mu sync.Mutex
	// waiting, its size in bytes, missed and tooCostly are guarded by mu.
	waiting []entry.Entry
	bytes   int
	missed  int64
	// tooCostly tells that the filter took too long, so that nothing more comes.
	tooCostly bool
}

// Follow follows the tenant's entries that are made durable from now on. The caller closes the tail.
// It fails with reason RATE_LIMITED when too many tails are open, or when the tenant
// has half of those that the others leave: who comes next finds room.
func (t *Tails) Follow(tenant string, filter Filter) (*Tail, error) {
	tail := &Tail{tails: t, tenant: tenant, filter: filter, after: t.durable(), more: make(chan struct{}, 1)}
	t.mu.Lock()
	defer t.mu.Unlock()
	own := t.openOf(tenant)
	if others := len(t.open) - own; own >= max(1, (maxTails-others)/2) || len(t.open) >= maxTails {
		return nil, problem.New(problem.RateLimited, "the tenant has %d tails open, and there is room for no more; end one, or try again later", own)
	}
	t.open[tail] = struct{}{}
	return tail, nil
}

// openOf is how many tails the tenant has open. mu is held.
func (t *Tails) openOf(tenant string) (n int) {
	for tail := range t.open {
		if tail.tenant == tenant {
			n++
		}
	}
	return n
}

// Close ends it.
func (t *Tail) Close() {
	t.tails.mu.Lock()
	defer t.tails.mu.Unlock()
	delete(t.tails.open, t)
}

// publish hands on the rows of a durable record that ends at end. It never waits
// for a reader.
func (t *Tails) publish(rows []Row, end journal.Position) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for tail := range t.open {
		if end > tail.after {
			tail.take(rows)
		}
	}
}

func (t *Tail) take(rows []Row) {
	t.mu.Lock()
	defer t.mu.Unlock()
	began := time.Now()
	for i := 0; i < len(rows) && !t.tooCostly; i++ {
		if rows[i].Tenant == t.tenant && t.filter.Match(&rows[i].Entry) {
			t.add(&rows[i].Entry)
		}
		t.tooCostly = len(t.filter.Fields) > 0 && time.Since(began) > maxMatchTime
	}
	if len(t.waiting) == 0 && t.missed == 0 && !t.tooCostly {
		return
	}
	select {
	case t.more <- struct{}{}:
	default:
	}
}

// add keeps an entry, or counts it as missed with all after it until the reader
// has come: what it gets is without holes but for those it is told of. mu is
// held.
func (t *Tail) add(e *entry.Entry) {
	size := sizeOf(e)
	full := len(t.waiting) > 0 && t.bytes+size > maxTailBytes
	if t.missed > 0 || full {
		t.missed++
		return
	}
	t.bytes += size
	t.waiting = append(t.waiting, cloned(e))
}

// Next waits for entries. missed is how many were left out before entries that
// come after these. It fails with the cause of ctx, and with reason
// QUERY_TOO_LARGE when the filter takes too long.
func (t *Tail) Next(ctx context.Context) (entries []entry.Entry, missed int64, err error) {
	select {
	case <-t.more:
	case <-ctx.Done():
		return nil, 0, context.Cause(ctx)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tooCostly {
		return nil, 0, problem.New(problem.QueryTooLarge, "the filter takes too long for what comes; use simpler patterns, or search")
	}
	entries, missed = t.waiting, t.missed
	t.waiting, t.bytes, t.missed = nil, 0, 0
	return entries, missed, nil
}

// sizeOf is about what an entry takes in a message.
func sizeOf(e *entry.Entry) int {
	const around, aroundField = 64, 8
	size := around + len(e.Application) + len(e.Message) + len(e.Category)
	for i := range e.Fields {
		size += aroundField + len(e.Fields[i].Name) + len(e.Fields[i].Value)
	}
	return size
}

// cloned is an entry of its own, which holds no batch in memory.
func cloned(e *entry.Entry) entry.Entry {
	c := *e
	c.Application, c.Message, c.Category = strings.Clone(e.Application), strings.Clone(e.Message), strings.Clone(e.Category)
	c.Fields = slices.Clone(e.Fields)
	for i := range c.Fields {
		c.Fields[i] = entry.Field{Name: strings.Clone(c.Fields[i].Name), Value: strings.Clone(c.Fields[i].Value)}
	}
	return c
}
