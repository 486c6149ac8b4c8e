package apply

import (
	"context"
	"errors"
	"time"

	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/storage"
)

// How long a query waits: when it does not say, and at most.
const (
	DefaultWait = 10 * time.Second
	MaxWait     = time.Minute
)

// Waiter waits until queries see a frame. Safe for concurrent use.
type Waiter interface {
	// WaitApplied returns when the producer's frame, and all before it, can be
	// queried. It returns reason PRODUCER_NOT_FOUND for an unknown producer, and
	// the context's cause when that ends first.
	WaitApplied(ctx context.Context, key producer.Key, sequence int64) error
}

// Wait makes a query see what a producer has written. A nil one waits for
// nothing.
type Wait struct {
	producer producer.Key
	sequence int64
	timeout  time.Duration
}

// WaitOf returns what a query asks to wait for, for a producer of the caller, or
// reason FIELD_INVALID. Without a WaitFor it returns nil.
func WaitOf(ctx context.Context, wanted *queryv1.WaitFor) (*Wait, error) {
	if wanted == nil {
		return nil, nil
	}
	caller := principal.From(ctx)
	timeout, err := timeoutOf(wanted)
	if err != nil {
		return nil, err
	}
	w := &Wait{
		producer: producer.Key{Tenant: caller.Tenant, Subject: caller.Subject, ProducerID: wanted.GetProducerId()},
		sequence: wanted.GetSequence(), timeout: timeout,
	}
	if err := w.check(); err != nil {
		return nil, err
	}
	return w, nil
}

func timeoutOf(wanted *queryv1.WaitFor) (time.Duration, error) {
	if wanted.GetTimeout() == nil {
		return DefaultWait, nil
	}
	if err := wanted.GetTimeout().CheckValid(); err != nil {
		return 0, problem.InField(problem.FieldInvalid, "wait_for.timeout", "is not a valid duration")
	}
	return wanted.GetTimeout().AsDuration(), nil
}

func (w *Wait) check() error {
	switch {
	case w.producer.ProducerID == "":
		return problem.InField(problem.FieldInvalid, "wait_for.producer_id", "is empty; name the producer whose frame to wait for")
	case w.sequence < 1:
		return problem.InField(problem.FieldInvalid, "wait_for.sequence", "is %d; frames are numbered from 1", w.sequence)
	case w.timeout <= 0 || w.timeout > MaxWait:
		return problem.InField(problem.FieldInvalid, "wait_for.timeout",
			"is %v; must be more than 0 and at most %v, or unset for %v", w.timeout, MaxWait, DefaultWait)
	default:
		return inWaitFor(producer.CheckID(w.producer.ProducerID))
	}
}

// Await waits. It fails with reason POSITION_NOT_REACHED at the timeout, and as
// [storage.QueryFailure] tells it otherwise.
func (w *Wait) Await(ctx context.Context, waiter Waiter) error {
	if w == nil {
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, w.timeout, problem.New(problem.PositionNotReached,
		"frame %d is not visible after %v; check that it was sent, or wait longer", w.sequence, w.timeout))
	defer cancel()
	err := waiter.WaitApplied(ctx, w.producer, w.sequence)
	return inWaitFor(storage.QueryFailure(ctx, err))
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
