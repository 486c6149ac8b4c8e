package duckdb_test

import (
	"context"
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/storage"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
	"github.com/sluice-ingest/sluice/services/collector/internal/store/duckdb"
	"github.com/sluice-ingest/sluice/services/collector/internal/store/storetest"
)

func TestConformance(t *testing.T) {
	for name, open := range map[string]storetest.Open{
		"with the defaults": func(t *testing.T, dir string) core.Store {
			t.Helper()
			return openStore(t, dir, duckdb.Options{})
		},
		// Statistics are computed by sorting.
		"with little memory": func(t *testing.T, dir string) core.Store {
			t.Helper()
			return openStore(t, dir, duckdb.Options{MemoryLimit: 48 << 20, Threads: 1, QuerySlots: 1}).BoundPercentiles(1)
		},
	} {
		t.Run(name, func(t *testing.T) { storetest.Run(t, open) })
	}
}

// openStore opens the store of a folder, which the caller closes.
func openStore(t testing.TB, dir string, o duckdb.Options) *duckdb.Store {
	t.Helper()
	store, err := duckdb.Open(t.Context(), filepath.Join(dir, "points.db"), o)
	require.NoError(t, err)
	return store
}

// closing is openStore for a store that the test does not close itself.
func closing(t testing.TB, dir string, o duckdb.Options) *duckdb.Store {
	t.Helper()
	store := openStore(t, dir, o)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

// A query stops soon after its context has ended, or the store is closed.
func TestQueriesStop(t *testing.T) {
	store := openStore(t, t.TempDir(), duckdb.Options{QuerySlots: 1})
	load(t, store, 1, 3_000_000)
	q := everything(0)

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := store.Statistics(ctx, q, 1, math.MaxInt32)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Less(t, time.Since(began), 2*time.Second)

	failed := make(chan error, 1)
	go func() {
		_, err := store.Statistics(context.Background(), q, 1, math.MaxInt32)
		failed <- err
	}()
	go func() {
		_, err := store.Extents(context.Background(), q.Series) // runs now, or waits for the slot
		failed <- err
	}()
	require.NoError(t, store.Close())
	first, second := <-failed, <-failed
	require.ErrorContains(t, first, "closed")
	require.ErrorContains(t, second, "closed")
}

// A query that needs more than the memory limit and the spill limit fails by
// its own name, and changes go on beside it and after it.
func TestQueriesThatAreTooLarge(t *testing.T) {
	store := closing(t, t.TempDir(), duckdb.Options{MemoryLimit: 16 << 20, SpillLimit: 1 << 20}).BoundPercentiles(1)
	load(t, store, 1, 3_000_000)
	_, err := store.Statistics(t.Context(), everything(0), 0, 10)
	require.ErrorIs(t, err, storage.ErrQueryTooLarge)
	load(t, store, 3_000_001, 100_000)
	extents, err := store.Extents(t.Context(), []core.SeriesID{1})
	require.NoError(t, err)
	require.EqualValues(t, 3_100, extents[0].Count)
}
