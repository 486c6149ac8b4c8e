package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// errUnknown says that the session was lost while it committed.
var errUnknown = errors.New("the database's answer to the commit is missing, so that its outcome is unknown: look before trying again")

// transact runs work in a transaction, again when it was undone by what passes. An
// error of work undoes it.
func (c *Catalog) transact(ctx context.Context, work func(ctx context.Context, tx pgx.Tx) error) error {
	return c.retry(ctx, func(ctx context.Context) error { return c.transactOnce(ctx, work) })
}

func (c *Catalog) transactOnce(ctx context.Context, work func(ctx context.Context, tx pgx.Tx) error) error {
	tx, err := c.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted, AccessMode: pgx.ReadWrite})
	if err != nil {
		return err
	}
	defer c.rollBack(ctx, tx)
	if err := work(ctx, tx); err != nil {
		return err
	}
	return c.commit(ctx, tx)
}

// commit commits. Once that has begun the end of the context is not heeded, since
// nobody could tell what came of it.
func (c *Catalog) commit(ctx context.Context, tx pgx.Tx) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.timeouts.commit)
	defer cancel()
	err := tx.Commit(ctx)
	if err == nil || undone(err) {
		return err
	}
	return fmt.Errorf("%w: %v", errUnknown, err) //nolint:errorlint // the cause must not look like one that allows another try
}

// rollBack undoes what was not committed. A session that can't is closed, which
// does so too.
func (c *Catalog) rollBack(ctx context.Context, tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.timeouts.commit)
	defer cancel()
	_ = tx.Rollback(ctx)
}

// undone tells whether an error of a commit is certain to have undone the
// transaction. One that ends the session may have come after the commit, and
// pgconn.SafeToRetry holds for a session that was lost after the commit was sent.
func undone(err error) bool {
	if answer, ok := errors.AsType[*pgconn.PgError](err); ok {
		return answer.SeverityUnlocalized == "ERROR"
	}
	return errors.Is(err, pgx.ErrTxCommitRollback)
}
