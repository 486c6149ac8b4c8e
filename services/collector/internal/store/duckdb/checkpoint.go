package duckdb

import (
	"context"
	"strings"

	"github.com/sluice-ingest/sluice/services/collector/internal/store/duckdb/internal/engine"
)

// Checkpoint folds the log into the file and gives up what deletions left
// there. Changes wait for it; it waits for other transactions that write, which
// are short, and for no query.
func (s *Store) Checkpoint(ctx context.Context) error {
	return s.change(ctx, "checkpoint", func(ctx context.Context, conn *engine.Conn) error {
		if _, err := conn.Exec(ctx, "CHECKPOINT"); err != nil && !strings.Contains(err.Error(), "Cannot CHECKPOINT") {
			return err
		}
		return syncFolderOf(s.path)
	})
}
