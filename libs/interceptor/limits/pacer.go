package limits

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	// turn is how much time's worth of its rate a stream may use before it is
	// another's turn. It is also how long the turn of a stream that is owed one is
	// kept, while it has no message yet.
	turn = 50 * time.Millisecond
	// depth is what may be used at once after a pause, in time's worth of the
	// rate: with a turn it is a second.
	depth = time.Second - turn
	// dearest bounds the cost of a message, far from where sums overflow.
	dearest = 365 * 24 * time.Hour
)

// pacer spaces out what is received on one account in one unit, messages or
// bytes. Costs, debts and service are all in time's worth of the rate.
//
// It is a token bucket in front of which streams queue up. A message that has
// come in goes when the bucket's debt is low enough, and its cost is added to
// the debt; so the rate holds whatever the streams do. Of those that wait, the
// stream that got least goes first (start-time fair queueing), and at a higher
// debt than one that is ahead: the latter so leaves room to a stream that is
// owed service and between two messages. Safe for concurrent use.
type pacer struct {
	clock clock
	// perUnit is the cost of one unit in nanoseconds.
	perUnit float64
	// perSecond is the limit, key its key in the configuration, and subject whose
	// limit it is.
	perSecond    float64
	key, subject string
	throttled    prometheus.Counter

	mu sync.Mutex // Guards what follows, and what is in the flows.
	// paid is when all that was used will be paid for.
	paid time.Duration
	// served is the service that a stream has had which takes its fair share.
	served  time.Duration
	waiting queue
	// timer fires when the first that waits may go. nil as long as none waited.
	timer *time.Timer
}

// flow is one stream's part of a pacer. The zero flow is that of a new stream.
type flow struct {
	known bool
	// had is the service that the stream has had.
	had time.Duration
	// cost of the message that waits.
	cost time.Duration
	// since orders those that have had the same.
	since time.Duration
	index int
	// turn is told once the message that waits may go.
	turn chan struct{}
}

// unpaid returns what was used beyond the depth of the bucket.
func (p *pacer) unpaid(now time.Duration) time.Duration { return p.paid - depth - now }

func (p *pacer) use(now, cost time.Duration) { p.paid = max(p.paid, now) + cost }

// take lets a message of so many units go, at once or when it is its turn, and
// returns the time. It fails with the cause of ctx's end.
func (p *pacer) take(ctx context.Context, f *flow, now time.Duration, units float64) (time.Duration, error) {
	p.mu.Lock()
	p.join(f, p.cost(units))
	if p.mayGo(f, now) {
		p.serve(f, now)
		p.rearm(now)
		p.mu.Unlock()
		return now, nil
	}
	p.enqueue(f, now)
	p.mu.Unlock()
	return p.wait(ctx, f, now)
}

func (p *pacer) cost(units float64) time.Duration {
	return time.Duration(min(units*p.perUnit, float64(dearest)))
}

// join readies the flow for a message. A new stream begins as if it was
// served as much before, so that many new ones get no more than one that stays; what a
// stream did not ask for is owed to it up to one turn.
func (p *pacer) join(f *flow, cost time.Duration) {
	f.cost = cost
	if !f.known {
		f.known, f.had = true, p.served+cost
		return
	}
	f.had = max(f.had, p.served-turn)
}

// mayGo tells whether the flow's message may go now: nobody is before it, and
// the debt is what it may find.
func (p *pacer) mayGo(f *flow, now time.Duration) bool {
	if len(p.waiting) > 0 && p.waiting[0].had <= f.had {
		return false
	}
	return p.unpaid(now) <= p.mayFind(f)
}

// mayFind returns the debt at which a flow may go: the more it has had beyond its
// share, the lower.
func (p *pacer) mayFind(f *flow) time.Duration { return min(turn, max(0, turn-(f.had-p.served))) }

func (p *pacer) serve(f *flow, now time.Duration) {
	p.use(now, f.cost)
	p.served = max(p.served, f.had)
	f.had += f.cost
}

func (p *pacer) enqueue(f *flow, now time.Duration) {
	if f.turn == nil {
		f.turn = make(chan struct{}, 1)
	}
	f.since = now
	heap.Push(&p.waiting, f)
	if p.waiting[0] == f {
		p.arm(now)
	}
}

// arm sets the timer to when the first that waits may go.
func (p *pacer) arm(now time.Duration) {
	in := p.unpaid(now) - p.mayFind(p.waiting[0])
	if p.timer == nil {
		p.timer = time.AfterFunc(in, p.wake)
		return
	}
	p.timer.Reset(in)
}

// rearm sets the timer anew for those that wait, if any.
func (p *pacer) rearm(now time.Duration) {
	if len(p.waiting) > 0 {
		p.arm(now)
	}
}

// wake serves those that may go by now.
func (p *pacer) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.now()
	for len(p.waiting) > 0 {
		first := p.waiting[0]
		if p.unpaid(now) > p.mayFind(first) {
			p.arm(now)
			return
		}
		heap.Pop(&p.waiting)
		p.serve(first, now)
		first.turn <- struct{}{}
	}
}

func (p *pacer) wait(ctx context.Context, f *flow, began time.Duration) (time.Duration, error) {
	var err error
	select {
	case <-f.turn:
	case <-ctx.Done():
		err = context.Cause(ctx)
		p.leave(f)
	}
	now := p.clock.now()
	p.throttled.Add((now - began).Seconds())
	return now, err
}

// leave ends the wait of a flow for which there are no more messages.
func (p *pacer) leave(f *flow) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-f.turn: // It was served at this moment.
	default:
		heap.Remove(&p.waiting, f.index)
		p.rearm(p.clock.now())
	}
}
