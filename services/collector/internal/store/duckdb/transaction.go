package duckdb

import (
	"context"

	"github.com/sluice-ingest/sluice/services/collector/internal/store/duckdb/internal/engine"
)

// inTransaction runs work in a transaction, which an error of work undoes.
func inTransaction(ctx context.Context, conn *engine.Conn, work func(ctx context.Context) error) error {
	if _, err := conn.Exec(ctx, "BEGIN"); err != nil {
		return err
	}
	if err := work(ctx); err != nil {
		// DuckDB has undone it by itself after some errors.
		_, _ = conn.Exec(ctx, "ROLLBACK")
		return err
	}
	_, err := conn.Exec(ctx, "COMMIT")
	return err
}

// readNumber reads the only row of a query's only column.
func readNumber[T engine.Number](ctx context.Context, conn *engine.Conn, query string, args ...any) (T, error) {
	var number T
	rows, err := conn.Query(ctx, query, args...)
	if err != nil {
		return number, err
	}
	defer rows.Close()
	for rows.Next() {
		number = engine.Numbers[T](rows, 0)[0]
	}
	return number, nil
}
