package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// mostTogether is how many changes are committed together at most.
const mostTogether = 256

// change is one caller's change of the database. It may be tried twice.
type change struct {
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
	own := &change{ctx: context.WithoutCancel(ctx), work: work, done: make(chan error, 1)}
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
	if len(group) > 1 {
		outcomes, err := c.together(group)
		if err == nil {
			for i, one := range group {
				one.done <- outcomes[i]
			}
			return
		}
		if !undone(err) {
			for _, one := range group {
				one.done <- err
			}
			return
		}
	}
	for _, one := range group {
		one.done <- c.alone(one)
	}
}

// errUndone says that a transaction was given up before its commit.
var errUndone = errors.New("the changes were undone")

// undone tells whether an error of together is certain to have changed nothing. A
// full disk undoes a commit, which may hold more than there is room for, while one
// change alone finds some.
func undone(err error) bool {
	return errors.Is(err, errUndone) || errors.Is(meaningOf(err), core.ErrNoSpace)
}

// alone commits one change.
func (c *Catalog) alone(one *change) error {
	tx, err := c.writer.BeginTx(one.ctx, nil)
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

// together commits the changes at once and returns the outcome of each. After an
// error of its own none has an outcome yet.
func (c *Catalog) together(group []*change) (outcomes []error, err error) {
	ctx := group[0].ctx
	tx, err := c.writer.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUndone, err)
	}
	outcomes = make([]error, len(group))
	for i, one := range group {
		if outcomes[i], err = one.runInPart(ctx, tx); err != nil {
			_ = tx.Rollback()
			return nil, fmt.Errorf("%w: %w", errUndone, err)
		}
	}
	return outcomes, tx.Commit()
}

// runInPart runs the change and undoes it, and only it, when it fails. err says that
// SQLite has undone the whole transaction by itself.
func (one *change) runInPart(ctx context.Context, tx *sql.Tx) (outcome, err error) {
	if _, err := tx.ExecContext(ctx, `SAVEPOINT change`); err != nil {
		return nil, err
	}
	outcome = one.run(tx)
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
	return one.work(one.ctx, tx)
}
