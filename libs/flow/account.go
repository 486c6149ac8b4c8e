package flow

import (
	"context"
	"slices"
)

// Account is what one stream has of a budget. It may be used by the goroutine that
// receives and the one that works at once.
type Account struct {
	budget   *Budget
	tenant   string
	share    *share
	reserved int64
	// held is what the stream's messages hold, and closed tells that nothing is
	// counted any more; guarded by the budget's mu.
	held   int64
	closed bool
}

// Hold waits until a message fits, and counts it. It returns the context's cause
// when that is done before.
//
// Who waits gets room in the order of what their tenants hold, the least first. A
// message that is larger than what is left for messages goes alone.
func (a *Account) Hold(ctx context.Context, bytes int) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	w := a.tryHold(int64(bytes))
	if w == nil {
		return nil
	}
	select {
	case <-w.granted:
		return nil
	case <-ctx.Done():
		a.giveUp(w)
		return context.Cause(ctx)
	}
}

// tryHold counts a message if nobody waits and it fits; otherwise it queues, or
// waits in vain for a stream that was closed at this moment.
func (a *Account) tryHold(bytes int64) *waiter {
	b := a.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	if !a.closed && b.waiting == 0 && b.fits(bytes) {
		b.count(a, bytes)
		return nil
	}
	w := &waiter{account: a, bytes: bytes, granted: make(chan struct{})}
	if !a.closed {
		a.share.queue = append(a.share.queue, w)
		b.waiting++
	}
	return w
}

// giveUp takes a waiter out of its queue, or gives back what it got meanwhile,
// unless Close has.
func (a *Account) giveUp(w *waiter) {
	b := a.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	if place := slices.Index(a.share.queue, w); place >= 0 {
		a.share.queue = slices.Delete(a.share.queue, place, place+1)
		b.waiting--
	} else {
		b.count(a, -min(w.bytes, a.held))
	}
	b.grant() // A waiter that is gone may have held up others.
	b.forget(a.tenant, a.share)
}

// GiveBack ends the count of a message. After Close it does nothing.
func (a *Account) GiveBack(bytes int) {
	b := a.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count(a, -min(int64(bytes), a.held))
	b.grant()
}

// Close gives back what was set aside for the stream, and whatever its messages
// still hold. The context of a Hold that goes on or may come later is done before.
func (a *Account) Close() {
	b := a.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	a.closed = true
	a.leaveQueue()
	b.reserved -= a.reserved
	a.share.reserved -= a.reserved
	a.share.streams--
	b.count(a, -a.held)
	b.grant()
	b.forget(a.tenant, a.share)
}

// leaveQueue takes the stream's waiters out, so that no room is given to them that
// nobody would give back. The budget's mu is held.
func (a *Account) leaveQueue() {
	waiting := len(a.share.queue)
	a.share.queue = slices.DeleteFunc(a.share.queue, func(w *waiter) bool { return w.account == a })
	a.budget.waiting -= waiting - len(a.share.queue)
}
