package duckdb

import (
	"context"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
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
