package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// mostTogether is how many changes are committed together at most.
const mostTogether = 256

// change is one caller's change of the database. It may be tried twice.
type change struct {
	// ctx is the caller's. Its end keeps the change from beginning and stops nothing
	// that has begun.
	ctx  context.Context //nolint:containedctx // of the call that waits for done
	work func(ctx context.Context, tx *sql.Tx) error
	// done gets the outcome once it is durable.
	done chan error
	// panicked is what work panicked with.
	panicked any
}

// errPanicked stands for the panic of a change, which goes on in its caller.
var errPanicked = errors.New("the change panicked")

var errClosed = errors.New("the catalog is closed")

// transact runs work in a transaction of its own or with others, when its turn has
// come. An error of work undoes all of it, and nothing of the others.
func (c *Catalog) transact(ctx context.Context, work func(ctx context.Context, tx *sql.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	own := &change{ctx: ctx, work: work, done: make(chan error, 1)}
	select {
	case c.changes <- own:
	case <-ctx.Done():
		return ctx.Err()
	case <-c.closing:
		return errClosed
	}
	err := <-own.done
	if own.panicked != nil {
		panic(own.panicked)
	}
	return err
}

// write commits what callers bring until the catalog is closed. What gathers during
// one commit goes with the next, so that a sync serves all who wait for one.
func (c *Catalog) write() {
	defer close(c.written)
	for {
		select {
		case first := <-c.changes:
			// Those whom one sync of the store released come together, not one and the rest.
			runtime.Gosched()
			c.commit(c.gather(first))
		case <-c.closing:
			return
		}
	}
}

// gather takes the changes that wait now.
func (c *Catalog) gather(first *change) []*change {
	group := []*change{first}
	for len(group) < mostTogether {
		select {
		case next := <-c.changes:
			group = append(group, next)
		default:
			return group
		}
	}
	return group
}

// commit makes the changes durable, and tells each its outcome.
func (c *Catalog) commit(group []*change) {
	if len(group) == 1 {
		group[0].done <- c.alone(group[0])
		return
	}
	outcomes, err := c.together(group)
	if errors.Is(err, errUndone) {
		c.oneByOne(group)
		return
	}
	for i, one := range group {
		if outcomes[i] == nil {
			outcomes[i] = err
		}
		one.done <- outcomes[i]
	}
}

// oneByOne commits each change by itself, except those that nobody waits for any
// more: that can take long.
func (c *Catalog) oneByOne(group []*change) {
	for _, one := range group {
		if err := one.ctx.Err(); err != nil {
			one.done <- err
			continue
		}
		one.done <- c.alone(one)
	}
}

// alone commits one change.
func (c *Catalog) alone(one *change) error {
	tx, err := c.writer.BeginTx(context.WithoutCancel(one.ctx), nil)
	if err != nil {
		return err
	}
	if err := one.run(tx); err != nil {
		// SQLite may have undone it by itself, on a full disk for example.
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

// errUndone says that the changes of a group were certainly undone, and that each of
// them may succeed by itself.
var errUndone = errors.New("the changes were undone")

// together commits the changes at once. Those without an outcome of their own have
// the error's.
func (c *Catalog) together(group []*change) (outcomes []error, err error) {
	outcomes = make([]error, len(group))
	ctx := context.WithoutCancel(group[0].ctx)
	// What keeps a transaction from beginning, a lock of another process for example,
	// would keep each of them.
	tx, err := c.writer.BeginTx(ctx, nil)
	if err != nil {
		return outcomes, err
	}
	for i, one := range group {
		if outcomes[i], err = one.runInPart(ctx, tx); err != nil {
			_ = tx.Rollback()
			return outcomes, fmt.Errorf("%w: %w", errUndone, err)
		}
	}
	err = tx.Commit()
	if isFull(err) {
		err = fmt.Errorf("%w: %w", errUndone, err)
	}
	return outcomes, err
}

// isFull tells whether the disk is full. That undoes a whole commit, which may hold
// more than there is room for, while one change alone finds some.
func isFull(err error) bool { return errors.Is(meaningOf(err), core.ErrNoSpace) }

// runInPart runs the change and undoes it, and only it, when it fails. err says that
// the whole transaction is undone or has to be.
func (one *change) runInPart(ctx context.Context, tx *sql.Tx) (outcome, err error) {
	if _, err := tx.ExecContext(ctx, `SAVEPOINT change`); err != nil {
		return nil, err
	}
	outcome = one.run(tx)
	if isFull(outcome) {
		return outcome, outcome
	}
	if outcome != nil {
		if _, err := tx.ExecContext(ctx, `ROLLBACK TO change`); err != nil {
			return nil, errors.Join(outcome, err)
		}
	}
	_, err = tx.ExecContext(ctx, `RELEASE change`)
	return outcome, err
}

// run runs the change's work.
func (one *change) run(tx *sql.Tx) (err error) {
	defer func() {
		if one.panicked = recover(); one.panicked != nil {
			err = errPanicked
		}
	}()
	return one.work(context.WithoutCancel(one.ctx), tx)
}
