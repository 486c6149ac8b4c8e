package lifetime

import (
	"errors"
	"time"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// grace is how long a handler gets to end after a cut, such as to make durable
// what was received. One that is stuck in a send to a client that does not read
// is left: the end of the call ends the send.
const grace = 10 * time.Second

// outcome is how a handler ended.
type outcome struct {
	err      error
	panicked any
}

// errNoReturn is the outcome of a handler that ended its goroutine instead.
var errNoReturn = errors.New("the handler did not return")

// run returns how the handler ended, or the cause when it is stuck. A panic of
// the handler is run's.
func (l *life) run(handler func() error) error {
	ended := start(handler)
	select {
	case o := <-ended:
		return l.settle(o)
	case <-l.ctx.Done():
	}
	cause := l.cause.Load()
	if cause == nil {
		return l.settle(<-ended) // The call has ended, and with it what a handler can be stuck in.
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case o := <-ended:
		return l.settle(o)
	case <-timer.C:
		return cause
	}
}

func start(handler func() error) <-chan outcome {
	ended := make(chan outcome, 1)
	go func() {
		o := outcome{err: errNoReturn}
		defer func() {
			o.panicked = recover()
			ended <- o
		}()
		o.err = handler()
	}()
	return ended
}

// settle returns the error of a handler that has ended. One that only came of
// the cut gives way to the cause: what is interrupted fails in many ways.
func (l *life) settle(o outcome) error {
	if o.panicked != nil {
		panic(o.panicked)
	}
	cause := l.cause.Load()
	if o.err == nil || cause == nil {
		return o.err
	}
	switch problem.ReasonOf(o.err) {
	case problem.ClientGone, problem.DeadlineExceeded, problem.StorageFailed, problem.Internal:
		return cause
	default:
		return o.err
	}
}
