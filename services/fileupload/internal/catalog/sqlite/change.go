package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// change executes one statement when its turn has come, and returns the number
// of rows that it changed.
func (c *Catalog) change(ctx context.Context, statement *sql.Stmt, args ...any) (rows int64, err error) {
	err = c.transact(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		rows, err = execute(ctx, tx, statement, args...)
		return err
	})
	return rows, err
}

// execute executes one statement inside a transaction, and returns the number
// of rows that it changed.
func execute(ctx context.Context, tx *sql.Tx, statement *sql.Stmt, args ...any) (int64, error) {
	result, err := tx.StmtContext(ctx, statement).ExecContext(ctx, args...) //nolint:sqlclosecheck // the transaction does
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

// notMissing makes what is not there no error.
func notMissing(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
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
