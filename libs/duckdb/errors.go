package duckdb

import (
	"errors"
	"fmt"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/libs/storage"
)

// errBroken ends the queries of a database that has to be opened anew. They are
// tried again on the new one.
var errBroken = errors.New("the database has to be opened anew")

// explain says what was being done, and that the disk is full where it is. It
// returns nil for nil.
func explain(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case engine.Is(err, engine.DiskFull):
		return fmt.Errorf("store: %s: %w: %w", doing, storage.ErrFull, err)
	default:
		return fmt.Errorf("store: %s: %w", doing, err)
	}
}
