package duckdb

import (
	"errors"
	"fmt"

	"github.com/sluice-ingest/sluice/services/collector/internal/core"
	"github.com/sluice-ingest/sluice/services/collector/internal/store/duckdb/internal/engine"
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
		return fmt.Errorf("store: %s: %w: %w", doing, core.ErrStoreFull, err)
	default:
		return fmt.Errorf("store: %s: %w", doing, err)
	}
}
