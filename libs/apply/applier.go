package apply

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/record"
)

// Applier applies a journal to a target, in one goroutine. While the store fails
// it tries again and again, and the journal grows up to its bound. Its exported
// methods are safe for concurrent use.
type Applier struct {
	config    Config
	journal   Journal
	target    Target
	producers *producer.Producers

	position atomic.Int64
	settled  progress
	// waiting is the number of callers for whom the next batch must not wait.
	waiting   atomic.Int64
	kick      chan struct{}
	jobs      chan job
	deletions deletions

	// Of the applier's goroutine.
	batch   batch
	records reader
	record  record.Record
	// read is a position up to which all that was durable has been read.
	read journal.Position
}

// New returns an applier that goes on after position, which is the store's.
func New(config Config, j Journal, target Target, producers *producer.Producers, position journal.Position) *Applier {
	a := &Applier{
		config: config.withDefaults(), journal: j, target: target, producers: producers,
		kick: make(chan struct{}, 1), jobs: make(chan job), deletions: newDeletions(),
		batch: newBatch(position), records: reader{journal: j, position: position},
	}
	a.position.Store(int64(position))
	return a
}

// Position returns how much of the journal the store has taken in.
func (a *Applier) Position() journal.Position { return journal.Position(a.position.Load()) }

// Run applies until ctx is done, and then what is durable by then, as far as it
// comes in the time for that and without a second try. It returns why it left
// something, which the journal keeps. It is called once.
func (a *Applier) Run(ctx context.Context) error {
	defer a.records.close()
	a.trim() // A full journal brings nothing that would lead to it.
	for ctx.Err() == nil {
		a.pollJobs(ctx)
		moved := a.journal.Moved()
		if err := a.fill(ctx); err != nil {
			a.fail(ctx, err)
			continue
		}
		if a.due(time.Now()) {
			a.flush(ctx)
			continue
		}
		a.idle(ctx, moved)
	}
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), a.config.FinishTimeout, errUnfinished)
	defer cancel()
	return a.finish(ctx)
}

var errUnfinished = errors.New("there was more than could be applied in the time for it")

// fill reads on until the batch is full or nothing more is durable.
func (a *Applier) fill(ctx context.Context) error {
	durable := a.journal.Durable()
	for !a.full() {
		next, ok, err := a.records.next()
		if damage, damaged := errors.AsType[*journal.DamageError](err); damaged {
			a.config.Observe.Damaged(damage)
			continue
		}
		if err != nil {
			return fmt.Errorf("read the journal: %w", err)
		}
		if !ok {
			a.caughtUp(durable)
			return nil
		}
		if err := a.add(ctx, &next); err != nil {
			a.records.rewind(next.Start)
			return fmt.Errorf("apply the journal record at %d: %w", next.Start, err)
		}
	}
	return nil
}

// caughtUp notes that everything before a position was read.
func (a *Applier) caughtUp(durable journal.Position) {
	a.read = durable
	if a.batch.empty() {
		a.settled.advance(durable)
	}
}

// fail tells of a failure to read on, and pauses. What stands before it is not
// held up by it.
func (a *Applier) fail(ctx context.Context, err error) {
	a.config.Observe.Failed(err)
	if !a.batch.empty() {
		a.flush(ctx)
	}
	pause(ctx, a.config.RetryInterval)
}

// full tells whether nothing more may be added to the batch.
func (a *Applier) full() bool {
	return a.batch.closed() || a.target.Len() >= a.config.BatchRows || a.batch.bytes >= a.config.BatchBytes
}

// due tells whether the batch should be applied now.
func (a *Applier) due(now time.Time) bool {
	return !a.batch.empty() && (a.waiting.Load() > 0 || a.full() || !now.Before(a.batch.dueAt))
}

// idle waits until there is something to do.
func (a *Applier) idle(ctx context.Context, moved <-chan struct{}) {
	var due <-chan time.Time
	if !a.batch.empty() {
		timer := time.NewTimer(time.Until(a.batch.dueAt))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-moved:
	case <-due:
	case <-a.kick:
	case j := <-a.jobs:
		a.runJob(ctx, j)
	case <-ctx.Done():
	}
}

// finish applies what is durable, without waiting for more.
func (a *Applier) finish(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := a.fill(ctx); err != nil {
			return err
		}
		if a.batch.empty() {
			return nil
		}
		if err := a.apply(ctx); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// hurry has the applier apply at once, until the caller calls done.
func (a *Applier) hurry() (done func()) {
	a.waiting.Add(1)
	select {
	case a.kick <- struct{}{}:
	default:
	}
	return func() { a.waiting.Add(-1) }
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
