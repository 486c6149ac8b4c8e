package flow

import (
	"sync"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// Budget is the memory that streams may take in this process. Safe for
// concurrent use.
type Budget struct {
	total int64

	mu sync.Mutex
	// What follows is guarded by mu, as are the fields of shares: what is set aside
	// for streams, what messages hold, how many wait for room, and who they are.
	reserved, held int64
	waiting        int
	tenants        map[string]*share
}

// share is what a tenant with open streams has of the budget.
type share struct {
	streams        int
	reserved, held int64
	// queue are those who wait, first come first.
	queue []*waiter
}

// waiter is a message that waits for room.
type waiter struct {
	account *Account
	bytes   int64
	granted chan struct{}
}

// NewBudget returns a budget of so many bytes.
func NewBudget(bytes int64) *Budget {
	return &Budget{total: bytes, tenants: map[string]*share{}}
}

// The parts of a budget. Streams may take three quarters, so that messages always
// have one. Beyond a half, a tenant gets no more than an equal part of the three
// quarters, so that others find room.
func (b *Budget) mostReserved() int64 { return b.total / 4 * 3 }
func (b *Budget) crowded() int64      { return b.total / 2 }

// Admit sets memory aside for a stream of the tenant, or returns reason
// MEMORY_EXHAUSTED. The caller closes the account when the stream has ended.
func (b *Budget) Admit(tenant string, bytes int64) (*Account, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.tenants[tenant]
	if s == nil {
		s = &share{}
	}
	after := b.reserved + bytes
	if after > b.mostReserved() || after > b.crowded() && s.reserved+bytes > b.equalPart(s) {
		return nil, exhausted(b.total)
	}
	b.tenants[tenant] = s
	s.streams++
	s.reserved += bytes
	b.reserved += bytes
	return &Account{budget: b, tenant: tenant, share: s, reserved: bytes}, nil
}

// equalPart is what each tenant may take when there is little, with room for one
// more tenant than there are.
func (b *Budget) equalPart(s *share) int64 {
	tenants := int64(len(b.tenants)) + 1
	if s.streams == 0 {
		tenants++
	}
	return b.mostReserved() / tenants
}

func exhausted(total int64) error {
	refusal := problem.New(problem.MemoryExhausted,
		"the server has no memory left for another stream; wait and try again, or use the streams that are open")
	refusal.Violations = []problem.Violation{{
		Subject: "server", Limit: "memory.budget", Value: total, Description: "memory for all streams together, in bytes",
	}}
	return refusal
}

func (b *Budget) fits(bytes int64) bool {
	return b.held == 0 || b.reserved+b.held+bytes <= b.total
}

// count adds to what an account holds, or takes from it.
func (b *Budget) count(a *Account, bytes int64) {
	a.held += bytes
	a.share.held += bytes
	b.held += bytes
}

// grant gives room to those who wait, as far as it goes. One that does not fit
// holds up the others, or a large message would wait for ever.
func (b *Budget) grant() {
	for b.waiting > 0 {
		s := b.poorest()
		w := s.queue[0]
		if !b.fits(w.bytes) {
			return
		}
		s.queue = s.queue[1:]
		b.waiting--
		b.count(w.account, w.bytes)
		close(w.granted)
	}
}

// poorest is the share that holds the least of those who wait.
func (b *Budget) poorest() *share {
	var least *share
	for _, s := range b.tenants {
		if len(s.queue) > 0 && (least == nil || s.held < least.held) {
			least = s
		}
	}
	return least
}

// forget drops the share of a tenant without streams, but not the tenant's next
// one.
func (b *Budget) forget(tenant string, s *share) {
	if s.streams == 0 && b.tenants[tenant] == s {
		delete(b.tenants, tenant)
	}
}

// Usage is what a budget has given out, in bytes.
type Usage struct {
	Total, Streams, Messages int64
	// Waiting is how many receivers wait for room.
	Waiting int
}

// Usage returns what is given out now.
func (b *Budget) Usage() Usage {
	b.mu.Lock()
	defer b.mu.Unlock()
	return Usage{Total: b.total, Streams: b.reserved, Messages: b.held, Waiting: b.waiting}
}
