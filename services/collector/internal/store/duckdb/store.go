package duckdb

import (
	"context"

	"golang.org/x/sync/semaphore"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// Options bound what the store takes. As much memory again as DuckDB may hold
// comes on top at most while percentiles are computed.
type Options = duckdb.Options

// percentileBytes is what DuckDB takes for a sample while it computes
// percentiles, outside its memory limit.
const percentileBytes = 16

// Store is a [core.Store] in a DuckDB database.
//
// A change, once begun, runs to its end whatever becomes of its context.
// Queries wait for a slot and for memory as long as their context allows, and
// stop when it is done; changes wait for no query.
type Store struct {
	// Database has what is not about samples and series.
	*duckdb.Database

	// percentileSamples is how many samples all queries together may have in
	// memory while their percentiles are computed, and percentiles what is left
	// of it.
	percentileSamples int64
	percentiles       *semaphore.Weighted
	density           density
}

var _ core.Store = (*Store)(nil)

// Open opens the store in the file path and makes it when it is not there. Its
// folder must be. An older schema is brought up to date; a newer one is an
// error. A process opens a file once at a time; another process that has it
// open makes it an error. The caller closes the store.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	db, err := duckdb.Open(ctx, path, schema, o)
	if err != nil {
		return nil, err
	}
	samples := o.WithDefaults().MemoryLimit / percentileBytes
	return &Store{Database: db, percentileSamples: samples, percentiles: semaphore.NewWeighted(samples)}, nil
}
