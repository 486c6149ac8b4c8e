package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// row is what a query found.
type row interface {
	Scan(columns ...any) error
}

// change executes one statement in a transaction, and returns the number of rows
// that it changed.
func (c *Catalog) change(ctx context.Context, statement string, args ...any) (rows int64, err error) {
	err = c.transact(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		rows, err = execute(ctx, tx, statement, args...)
		return err
	})
	return rows, err
}

// execute executes one statement inside a transaction, and returns the number of
// rows that it changed.
func execute(ctx context.Context, tx pgx.Tx, statement string, args ...any) (int64, error) {
	tag, err := tx.Exec(ctx, statement, args...)
	return tag.RowsAffected(), err
}

// needRow makes a change that found nothing to change an error.
func needRow(changed int64, err error) error {
	if err == nil && changed == 0 {
		return core.ErrNotFound
	}
	return err
}

// find reads the one row of a query outside a transaction.
func find[T any](ctx context.Context, c *Catalog, scan func(row) (T, error), query string, args ...any) (found T, err error) {
	err = c.retry(ctx, func(ctx context.Context) (err error) {
		found, err = scan(c.pool.QueryRow(ctx, query, args...))
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	return found, nil
}

// collect reads all rows of a query outside a transaction.
func collect[T any](ctx context.Context, c *Catalog, scan func(row) (T, error), query string, args ...any) (found []T, err error) {
	err = c.retry(ctx, func(ctx context.Context) error {
		rows, err := c.pool.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		found, err = pgx.AppendRows([]T(nil), rows, func(found pgx.CollectableRow) (T, error) { return scan(found) })
		return err
	})
	if missing(err) {
		return nil, nil
	}
	return found, err
}

// scanText reads one text.
func scanText(found row) (text string, err error) {
	err = found.Scan(&text)
	return text, err
}
