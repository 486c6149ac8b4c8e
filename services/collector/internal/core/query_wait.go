package core

import (
	"context"
	"errors"
	"time"

	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/producer"
)

// Waiter waits until queries see a frame. Safe for concurrent use.
type Waiter interface {
	// WaitApplied returns when the producer's frame, and all before it, can be
	// queried. It returns reason PRODUCER_NOT_FOUND for an unknown producer, and
	// the context's error when that ends first.
	WaitApplied(ctx context.Context, key producer.Key, sequence int64) error
}

// How long a query waits: when it does not say, and at most.
const (
	DefaultWait = 10 * time.Second
	MaxWait     = time.Minute
)

// Wait makes a query see what a producer has written.
type Wait struct {
	Producer producer.Key
	// Sequence of the frame that the query has to see.
	Sequence int64
	// Timeout is how long to wait, up to MaxWait.
	Timeout time.Duration
}

// check takes a nil Wait.
func (w *Wait) check() error {
	switch {
	case w == nil:
		return nil
	case w.Producer.ProducerID == "":
		return problem.InField(problem.FieldInvalid, "wait_for.producer_id", "is empty; name the producer whose frame to wait for")
	case w.Sequence < 1:
		return problem.InField(problem.FieldInvalid, "wait_for.sequence", "is %d; frames are numbered from 1", w.Sequence)
	case w.Timeout <= 0 || w.Timeout > MaxWait:
		return problem.InField(problem.FieldInvalid, "wait_for.timeout",
			"is %v; must be more than 0 and at most %v, or unset for %v", w.Timeout, MaxWait, DefaultWait)
	default:
		return inWaitFor(checkProducerID(w.Producer.ProducerID))
	}
}

func (q *Queries) wait(ctx context.Context, w *Wait) error {
	if w == nil {
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, w.Timeout, problem.New(problem.PositionNotReached,
		"frame %d is not visible after %v; check that it was sent, or wait longer", w.Sequence, w.Timeout))
	defer cancel()
	err := q.waiter.WaitApplied(ctx, w.Producer, w.Sequence)
	return inWaitFor(queryFailure(ctx, err))
}

// inWaitFor puts the field that err is about, if it is about one, where it
// stands in a query.
func inWaitFor(err error) error {
	e, ok := errors.AsType[*problem.Error](err)
	if !ok || e.Field == "" {
		return err
	}
	nested := *e
	nested.Field = "wait_for." + e.Field
	return &nested
}
