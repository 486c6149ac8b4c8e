package apply

import (
	"context"
)

// job is something that the applier's goroutine does between two batches.
type job struct {
	run func(ctx context.Context) error
	// done has room for what run returned, or why it was not called.
	done chan error
}

// Between runs something on the applier's goroutine between two batches, once;
// the store is at rest meanwhile. It returns only when that has ended, or was
// never begun because ctx ended. run's context ends with [Applier.Run].
func (a *Applier) Between(ctx context.Context, run func(ctx context.Context) error) error {
	j := job{run: run, done: make(chan error, 1)}
	select {
	case a.jobs <- j:
		return <-j.done
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Change changes what the store holds without a record of that in the journal,
// between two batches, and returns how many rows that concerned. While the
// change fails it is tried again, and nothing else is applied; once begun, it is
// given up only when [Applier.Run] ends.
func (a *Applier) Change(ctx context.Context, do Change) (int64, error) {
	settled := make(chan int64, 1)
	err := a.Between(ctx, func(ctx context.Context) error {
		a.batch.change = &pendingChange{do: do, position: a.Position(), settled: func(rows int64) { settled <- rows }}
		a.flush(ctx)
		if !a.batch.empty() {
			return context.Cause(ctx)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return <-settled, nil
}

// pollJobs does a job if one waits, so that a busy applier does not hold it up.
func (a *Applier) pollJobs(ctx context.Context) {
	select {
	case j := <-a.jobs:
		a.runJob(ctx, j)
	default:
	}
}

// runJob does a job once the batch is applied, whose rows it may concern.
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
