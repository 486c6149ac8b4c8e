package lifetime

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// clockCheck is how often a stream whose credentials expire looks at the wall
// clock at least: the clock may be set, and timers stand still while a machine
// is suspended.
const clockCheck = time.Minute

// life is one stream's. One timer stands for all its bounds; it is not touched
// by messages, but looks at what they left and sleeps on.
type life struct {
	bounds bounds
	causes causes
	cuts   cuts
	begun  time.Time
	ctx    context.Context
	cancel context.CancelCauseFunc
	// cause is set before ctx ends by a cut.
	cause atomic.Pointer[problem.Error]
	// waitingSince is when the receive under way began, in nanoseconds since
	// begun, plus 1; 0 for none.
	waitingSince atomic.Int64
	// forget stops to watch the revocation.
	forget func() bool

	// mu guards what follows.
	mu    sync.Mutex
	timer *time.Timer
	ended bool
}

// begin starts the clock. The caller ends the life.
func begin(parent context.Context, b bounds, causes causes, cuts cuts) *life {
	l := &life{bounds: b, causes: causes, cuts: cuts, begun: time.Now(), forget: func() bool { return true }}
	l.ctx, l.cancel = context.WithCancelCause(parent)
	if b.revoked != nil {
		l.forget = context.AfterFunc(b.revoked, func() { l.cut(causes.revoked) })
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, next := l.due(l.begun); next < math.MaxInt64 {
		l.timer = time.AfterFunc(next, l.look)
	}
	return l
}

// end stops the clock.
func (l *life) end() {
	l.forget()
	l.cancel(context.Canceled)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	if l.timer != nil {
		l.timer.Stop()
	}
}

// cut ends the stream. Only the first cut counts, and none of a stream that has
// ended.
func (l *life) cut(cause *problem.Error) {
	if l.ctx.Err() == nil && l.cause.CompareAndSwap(nil, cause) {
		l.cuts.count(cause.Reason)
		l.cancel(cause)
	}
}

// look cuts the stream if that is due, or sleeps until it may be.
func (l *life) look() {
	cause, next := l.due(time.Now())
	if cause != nil {
		l.cut(cause)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ended {
		l.timer.Reset(next)
	}
}

// due returns why the stream is to be cut now, or when to look again.
func (l *life) due(now time.Time) (cause *problem.Error, next time.Duration) {
	next = math.MaxInt64
	for _, bound := range [...]struct {
		left  time.Duration
		cause *problem.Error
	}{
		{l.untilExpiry(now), l.causes.expired},
		{l.untilTooOld(now), l.causes.tooOld},
		{l.untilIdle(now), l.causes.idle},
	} {
		if bound.left <= 0 {
			return bound.cause, 0
		}
		next = min(next, bound.left)
	}
	if !l.bounds.expiresAt.IsZero() {
		next = min(next, clockCheck)
	}
	return nil, next
}

func (l *life) untilExpiry(now time.Time) time.Duration {
	if l.bounds.expiresAt.IsZero() {
		return math.MaxInt64
	}
	return l.bounds.expiresAt.Sub(now)
}

func (l *life) untilTooOld(now time.Time) time.Duration {
	if l.bounds.age == 0 {
		return math.MaxInt64
	}
	return l.bounds.age - now.Sub(l.begun)
}

// untilIdle is the earliest time at which the stream can be idle: a receive may
// begin at any moment.
func (l *life) untilIdle(now time.Time) time.Duration {
	since := l.waitingSince.Load()
	switch {
	case l.bounds.idle == 0:
		return math.MaxInt64
	case since == 0:
		return l.bounds.idle
	default:
		return time.Duration(since-1) + l.bounds.idle - now.Sub(l.begun)
	}
}
