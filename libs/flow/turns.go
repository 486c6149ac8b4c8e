package flow

import (
	"container/heap"
	"context"
	"maps"
	"runtime"
	"sync"
)

// credit is how much of its share a tenant that stays is owed at most when it did
// not ask for it in time. What a stream sends next is a way to the client and back
// from here; without credit it would lose its share each time that takes longer
// than another's message.
const credit = 4 << 20

// Turns let a few messages be worked on at once, in an order that is fair
// between tenants. Safe for concurrent use.
type Turns struct {
	mu sync.Mutex
	// What follows is guarded by mu: how many turns there are and how many are free,
	// and who waits, by the start of what they have to do next.
	turns, free int
	waiting     lines
	lines       map[string]*line
	// sweepAt is how many lines there may be before those that are over are dropped.
	sweepAt int
	// clock is the start of what was begun last, in bytes of work.
	clock int64
}

// line is a tenant that has or wants turns, or has had more than others lately.
type line struct {
	tenant string
	// start is where the tenant's next message begins on the clock: where its last
	// one ended, and not before the clock by more than its credit.
	start int64
	// taken is how many turns the tenant has.
	taken int
	queue []*entry
	// place in the heap of those who wait.
	place int
}

type entry struct {
	cost int64
	// called is closed when the turn is there.
	called chan struct{}
}

// NewTurns returns n turns.
func NewTurns(n int) *Turns {
	return &Turns{turns: n, free: n, lines: map[string]*line{}, sweepAt: leastSweep}
}

// Take waits for a turn for a message that costs so many bytes of work. It returns
// the context's cause when that is done before. The caller calls Done.
func (t *Turns) Take(ctx context.Context, tenant string, cost int) error {
	e := t.enter(tenant, int64(cost))
	if e == nil {
		return nil
	}
	select {
	case <-e.called:
		return nil
	case <-ctx.Done():
		t.giveUp(tenant, e)
		return context.Cause(ctx)
	}
}

// Done gives a turn back.
func (t *Turns) Done(tenant string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done(t.lines[tenant])
}

// Next is Done and Take in one, for whom has the next message already: unlike
// them it keeps the turn of one whose turn it is. After an error the turn is given
// back.
func (t *Turns) Next(ctx context.Context, tenant string, cost int) error {
	if ctx.Err() != nil {
		t.Done(tenant)
		return context.Cause(ctx)
	}
	if t.contended() {
		// Who gets the turn runs at once, before whatever became ready meanwhile:
		// handlers passing turns on to each other would keep the receivers, who
		// bring the next messages, from running until 10 ms are over.
		runtime.Gosched()
	}
	if t.keeps(tenant, int64(cost)) {
		return nil
	}
	return t.Take(ctx, tenant, cost)
}

func (t *Turns) contended() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.waiting) > 0
}

// keeps tells whether the holder of a turn goes on with it; otherwise the turn is
// given back.
func (t *Turns) keeps(tenant string, cost int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.lines[tenant]
	if len(t.waiting) > 0 && (t.waiting[0].start < t.begin(l) || len(l.queue) > 0) {
		t.done(l)
		return false
	}
	t.charge(l, cost)
	return true
}

// enter takes a free turn, or queues.
func (t *Turns) enter(tenant string, cost int64) *entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.lines[tenant]
	if l == nil {
		l = &line{tenant: tenant, start: t.clock}
		t.lines[tenant] = l
	}
	if t.free > 0 {
		t.free--
		l.taken++
		t.charge(l, cost)
		return nil
	}
	e := &entry{cost: cost, called: make(chan struct{})}
	l.queue = append(l.queue, e)
	if len(l.queue) == 1 {
		heap.Push(&t.waiting, l)
	}
	return e
}

// begin returns where the tenant's next message would begin.
func (t *Turns) begin(l *line) int64 { return max(l.start, t.clock-credit) }

// charge begins a message of the tenant.
func (t *Turns) charge(l *line, cost int64) {
	begin := t.begin(l)
	t.clock = max(t.clock, begin)
	l.start = begin + cost
}

func (t *Turns) done(l *line) {
	l.taken--
	t.free++
	t.call()
	t.forget(l)
}

// call gives a free turn to the one whose message begins first.
func (t *Turns) call() {
	if t.free == 0 || len(t.waiting) == 0 {
		return
	}
	l := t.waiting[0]
	e := l.queue[0]
	l.queue = l.queue[1:]
	t.free--
	l.taken++
	t.charge(l, e.cost)
	if len(l.queue) == 0 {
		heap.Pop(&t.waiting)
	} else {
		heap.Fix(&t.waiting, 0)
	}
	close(e.called)
}

// giveUp takes an entry out of its queue, or gives back the turn that it got
// meanwhile.
func (t *Turns) giveUp(tenant string, e *entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.lines[tenant]
	for i, other := range l.queue {
		if other != e {
			continue
		}
		l.queue = append(l.queue[:i], l.queue[i+1:]...)
		if len(l.queue) == 0 {
			heap.Remove(&t.waiting, l.place)
		}
		t.forget(l)
		return
	}
	t.done(l)
}

// forget drops a tenant that has no turn and wants none, once the clock has come to
// where it begins: before, it would get what it has had once more. When nobody
// works, nobody was ahead of another.
func (t *Turns) forget(l *line) {
	switch {
	case t.free == t.turns:
		clear(t.lines)
	case l.over(t.clock):
		delete(t.lines, l.tenant)
	case len(t.lines) >= t.sweepAt:
		maps.DeleteFunc(t.lines, func(_ string, l *line) bool { return l.over(t.clock) })
		t.sweepAt = max(leastSweep, 2*len(t.lines))
	}
}

// leastSweep is from how many tenants on those who are over are looked for.
const leastSweep = 64

// over tells whether nothing is known of the line that a new one would not have, or
// that it is owed.
func (l *line) over(clock int64) bool {
	return l.taken == 0 && len(l.queue) == 0 && l.start <= clock-credit
}

// lines is a heap of those who wait, the earliest start first.
type lines []*line

func (h *lines) Len() int           { return len(*h) }
func (h *lines) Less(i, k int) bool { return (*h)[i].start < (*h)[k].start }
func (h *lines) Swap(i, k int) {
	all := *h
	all[i], all[k] = all[k], all[i]
	all[i].place, all[k].place = i, k
}

func (h *lines) Push(x any) {
	l := x.(*line) //nolint:forcetypeassert // only lines are pushed
	l.place = len(*h)
	*h = append(*h, l)
}

func (h *lines) Pop() any {
	last := len(*h) - 1
	l := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return l
}
