package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// change executes one statement when its turn has come, and returns the number
// of rows that it changed.
func (c *Catalog) change(ctx context.Context, statement *sql.Stmt, args ...any) (int64, error) {
	ctx, done, err := c.begin(ctx)
	if err != nil {
		return 0, err
	}
	defer done()
	return changedRows(statement.ExecContext(ctx, args...))
}

// transact runs work in a transaction when its turn has come. An error of work
// undoes everything.
func (c *Catalog) transact(ctx context.Context, work func(ctx context.Context, tx *sql.Tx) error) error {
	ctx, done, err := c.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	tx, err := c.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := work(ctx, tx); err != nil {
		// SQLite may have undone it by itself, on a full disk for example.
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

// begin waits for the turn to change something, and returns a context that
// does not end before the change does.
func (c *Catalog) begin(ctx context.Context) (context.Context, func(), error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	select {
	case c.turn <- struct{}{}:
		return context.WithoutCancel(ctx), func() { <-c.turn }, nil
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

// execute executes one statement inside a transaction, and returns the number
// of rows that it changed.
func execute(ctx context.Context, tx *sql.Tx, statement *sql.Stmt, args ...any) (int64, error) {
	return changedRows(tx.StmtContext(ctx, statement).ExecContext(ctx, args...)) //nolint:sqlclosecheck // the transaction does
}

func changedRows(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// needRow makes a change that found nothing to change an error.
func needRow(changed int64, err error) error {
	if err == nil && changed == 0 {
		return core.ErrNotFound
	}
	return err
}

// collect reads what a query finds, row by row.
func collect[T any](rows *sql.Rows, err error, scan func(row) (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	var found []T
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		found = append(found, item)
	}
	return found, errors.Join(rows.Err(), rows.Close())
}
