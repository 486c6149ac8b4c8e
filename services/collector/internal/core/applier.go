package core

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
)

// ApplierConfig says how the journal is brought into the store.
type ApplierConfig struct {
	// BatchSamples is how many samples a batch has before it is applied at once.
	BatchSamples int
	// Interval is how long a sample may wait for its batch to fill up. A query
	// that waits for it does not wait that long.
	Interval time.Duration
	// RetryInterval is the pause after a failure.
	RetryInterval time.Duration
	// FinishTimeout is how long Run goes on after its end was asked for, to bring
	// what is durable into the store.
	FinishTimeout time.Duration
	// Now is the clock.
	Now func() time.Time
	// Observe is told of what happens. Its functions are called by the
	// applier's goroutine and must not block.
	Observe Observer
}

// Observer is told of an applier's work.
type Observer struct {
	// Applied is called after each batch, with what it took.
	Applied func(samples int, took time.Duration)
	// Failed is called with each failure, after which the applier tries again.
	Failed func(err error)
	// Damaged is called with each piece of the journal that can't be read any
	// more and is left out.
	Damaged func(err error)
}

// Applier brings the journal into the store, in one goroutine. While the store
// fails it tries again and again, and the journal grows up to its bound. Its
// exported methods are safe for concurrent use.
type Applier struct {
	config    ApplierConfig
	journal   Journal
	store     Store
	index     *Index
	producers *producer.Producers

	position atomic.Int64
	// waiting is the number of callers for whom the next batch must not wait.
	waiting atomic.Int64
	kick    chan struct{}
	jobs    chan job

	mu sync.Mutex
	// deletions are the callers that wait for one, by the end of its record;
	// guarded by mu.
	deletions map[journal.Position]chan<- int64

	batch   batchBuilder
	records reader
}

// NewApplier returns an applier that goes on after position, which is the
// store's. The index has all of the store's series.
func NewApplier(
	config ApplierConfig, j Journal, store Store, index *Index, producers *producer.Producers, position journal.Position,
) *Applier {
	a := &Applier{
		config: config, journal: j, store: store, index: index, producers: producers,
		kick: make(chan struct{}, 1), jobs: make(chan job), deletions: map[journal.Position]chan<- int64{},
		batch: newBatchBuilder(index, producers, config.Interval, position), records: reader{journal: j, position: position},
	}
	a.position.Store(int64(position))
	return a
}

// Position returns how much of the journal the store has taken in.
func (a *Applier) Position() journal.Position { return journal.Position(a.position.Load()) }

// Run applies until ctx is done, and then what is durable by then, as far as it
// comes in the time for that and without a second try. It returns why it left
// something, which the journal keeps.
func (a *Applier) Run(ctx context.Context) error {
	defer a.records.close()
	a.trim() // A full journal brings nothing that would lead to it.
	for ctx.Err() == nil {
		a.pollJobs(ctx)
		moved := a.journal.Moved()
		if err := a.fill(ctx); err != nil {
			a.config.Observe.Failed(err)
			// What stands before the failure is not held up by it.
			if !a.batch.empty() {
				a.flush(ctx)
			}
			a.pause(ctx, a.config.RetryInterval)
			continue
		}
		if a.batch.due(a.config.BatchSamples, a.waiting.Load() > 0, time.Now()) {
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
	for !a.batch.full(a.config.BatchSamples) {
		record, ok, err := a.records.next()
		if damage, damaged := errors.AsType[*journal.DamageError](err); damaged {
			a.config.Observe.Damaged(damage)
			continue
		}
		if err != nil {
			return fmt.Errorf("read the journal: %w", err)
		}
		if !ok {
			return nil
		}
		if err := a.batch.add(ctx, &record); err != nil {
			a.records.rewind(record.Start)
			return fmt.Errorf("apply the journal record at %d: %w", record.Start, err)
		}
	}
	return nil
}

// pollJobs does a job if one waits, so that a busy applier does not hold it up.
func (a *Applier) pollJobs(ctx context.Context) {
	select {
	case j := <-a.jobs:
		a.runJob(ctx, j)
	default:
	}
}

// runJob does a job once the batch is applied, whose series it may remove.
func (a *Applier) runJob(ctx context.Context, j job) {
	if !a.batch.empty() {
		a.flush(ctx)
	}
	if !a.batch.empty() {
		j.done <- context.Cause(ctx)
		return
	}
	j.done <- j.run(ctx)
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

func (a *Applier) pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// flush applies the batch, trying until it is done or ctx is.
func (a *Applier) flush(ctx context.Context) {
	for ctx.Err() == nil {
		err := a.apply(ctx)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			return
		}
		a.config.Observe.Failed(err)
		a.pause(ctx, a.config.RetryInterval)
	}
}

// apply brings the batch, and the deletion that ended it, into the store.
func (a *Applier) apply(ctx context.Context) error {
	began := time.Now()
	batch := a.batch.finish()
	if batch.Position > a.Position() {
		if err := a.store.Apply(ctx, batch); err != nil {
			return fmt.Errorf("apply a batch: %w", err)
		}
		a.index.Persisted(batch.Series)
		a.moveTo(batch.Position, batch.Producers)
		a.config.Observe.Applied(batch.Samples.Len(), time.Since(began))
	}
	if err := a.applyDeletion(ctx); err != nil {
		return fmt.Errorf("delete points: %w", err)
	}
	a.batch.reset()
	a.trim()
	return nil
}

func (a *Applier) trim() {
	if err := a.journal.Trim(a.Position()); err != nil {
		a.config.Observe.Failed(fmt.Errorf("trim the journal: %w", err))
	}
}

// moveTo notes what the store has taken in.
func (a *Applier) moveTo(position journal.Position, states []producer.State) {
	a.position.Store(int64(position))
	a.producers.Apply(position, states)
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

// nudge wakes the applier if it idles.
func (a *Applier) nudge() {
	select {
	case a.kick <- struct{}{}:
	default:
	}
}
