package core

import (
	"context"
	"fmt"
	"math"
	"time"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

// job is something that the applier's goroutine does between two batches.
type job struct {
	run func(ctx context.Context) error
	// done has room for what run returned, or why it was not called.
	done chan error
}

// hurry has the applier apply at once, until the caller calls done.
func (a *Applier) hurry() (done func()) {
	a.waiting.Add(1)
	a.nudge()
	return func() { a.waiting.Add(-1) }
}

// WaitApplied implements [Waiter].
func (a *Applier) WaitApplied(ctx context.Context, key producer.Key, sequence int64) error {
	p, err := a.producers.Acquire(ctx, key)
	if err != nil {
		return err
	}
	defer a.producers.Release(p)
	if !p.Known() {
		return errProducerNotFound(key)
	}
	// A frame that has not come yet must not keep the batches small.
	if err := p.WaitDurable(ctx, sequence); err != nil {
		return err
	}
	defer a.hurry()()
	return p.WaitApplied(ctx, sequence)
}

// Delete implements [Deleter]: it journals a deletion, and returns the number of
// deleted samples once queries don't see them any more. When it fails after the
// deletion became durable, the deletion takes place all the same.
func (a *Applier) Delete(ctx context.Context, tenant string, deletion *collectorv1.PointDeletion) (int64, error) {
	deleted := make(chan int64, 1)
	end, err := a.journalDeletion(ctx, tenant, deletion, deleted)
	if err != nil {
		return 0, Failure(err)
	}
	defer a.forgetDeletion(end)
	if err := a.journal.Wait(ctx, end); err != nil {
		return 0, Failure(err)
	}
	defer a.hurry()()
	select {
	case count := <-deleted:
		return count, nil
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

// journalDeletion notes who waits before the applier can meet the record.
func (a *Applier) journalDeletion(
	ctx context.Context, tenant string, deletion *collectorv1.PointDeletion, deleted chan<- int64,
) (journal.Position, error) {
	header := frame.Header{Time: a.config.Now().UnixNano(), Tenant: tenant}
	record, err := frame.AppendDeletion(nil, &header, deletion)
	if err != nil {
		return 0, fmt.Errorf("encode a deletion: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	end, err := a.journal.Append(ctx, record)
	if err == nil {
		a.deletions[end] = deleted
	}
	return end, err
}

func (a *Applier) forgetDeletion(end journal.Position) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.deletions, end)
}

// applyDeletion does the deletion that ended the batch, if one did.
func (a *Applier) applyDeletion(ctx context.Context) error {
	d := a.batch.deletion
	if d == nil {
		return nil
	}
	series := d.series
	if d.expired == nil {
		series = a.index.Select(d.tenant, d.matchers)
	}
	deleted, err := a.store.Delete(ctx, series, d.start, d.end, d.position)
	if err != nil {
		return err
	}
	a.index.Remove(deleted.Emptied)
	a.moveTo(d.position, nil)
	if d.expired != nil {
		*d.expired = deleted.Samples
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if waiter := a.deletions[d.position]; waiter != nil {
		waiter <- deleted.Samples
	}
	return nil
}

// Expire implements [Expirer]: it deletes the samples of some series before a
// time. Nobody asked for that, so it is in no journal.
func (a *Applier) Expire(ctx context.Context, series []SeriesID, before int64) (int64, error) {
	var expired int64
	err := a.betweenBatches(ctx, func(ctx context.Context) error {
		// Until it is known what became of it, nothing else may be applied: the
		// store may have forgotten series that the index has.
		a.batch.deletion = &pendingDeletion{
			series: series, start: math.MinInt64, end: before, position: a.Position(), expired: &expired,
		}
		a.flush(ctx)
		if !a.batch.empty() {
			return context.Cause(ctx)
		}
		return nil
	})
	return expired, err
}

// ForgetProducers is [Store.ForgetProducers], between two batches.
func (a *Applier) ForgetProducers(ctx context.Context, idleSince, receiptsBefore time.Time) (int, error) {
	var forgotten int
	err := a.betweenBatches(ctx, func(ctx context.Context) (err error) {
		forgotten, err = a.store.ForgetProducers(ctx, idleSince, receiptsBefore)
		return err
	})
	return forgotten, err
}

// betweenBatches runs something on the applier's goroutine between two batches.
// It returns only once that has ended or was never begun.
func (a *Applier) betweenBatches(ctx context.Context, run func(ctx context.Context) error) error {
	j := job{run: run, done: make(chan error, 1)}
	select {
	case a.jobs <- j:
		return Failure(<-j.done)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
