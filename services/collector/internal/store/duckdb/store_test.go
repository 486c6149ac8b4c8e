package duckdb_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

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

func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage")
	require.NoError(t, os.WriteFile(garbage, make([]byte, 1<<16), 0o600))
	for name, path := range map[string]string{
		"without a folder": filepath.Join(dir, "missing", "points.db"),
		"on a folder":      dir,
		"on another file":  garbage,
		"on parameters":    filepath.Join(dir, "points.db?access_mode=read_only"),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := duckdb.Open(t.Context(), path, duckdb.Options{})
			require.ErrorContains(t, err, path)
		})
	}
}

func TestPathsMayHoldAnything(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "50% of #1&x 'y'")
	require.NoError(t, os.Mkdir(dir, 0o700))
	store := closing(t, dir, duckdb.Options{})
	load(t, store, 1, 1_000)
	require.FileExists(t, filepath.Join(dir, "points.db"))
}

func TestAClosedStoreSaysSo(t *testing.T) {
	store := openStore(t, t.TempDir(), duckdb.Options{})
	require.NoError(t, store.Close())
	require.NoError(t, store.Close())
	_, err := store.Position(t.Context())
	require.ErrorContains(t, err, "closed")
	require.ErrorContains(t, store.Apply(t.Context(), &core.Batch{Position: 1}), "closed")
	require.ErrorContains(t, store.Checkpoint(t.Context()), "closed")
}

// A query stops soon after its context has ended, or the store is closed.
func TestQueriesStop(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir, duckdb.Options{QuerySlots: 1})
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

// A change stops the queries when memory is short, and does not wait for them.
func TestChangesComeBeforeQueries(t *testing.T) {
	options := duckdb.Options{MemoryLimit: 64 << 20, SpillLimit: 1 << 30, QuerySlots: 4}
	store := closing(t, t.TempDir(), options).BoundPercentiles(1)
	load(t, store, 1, 2_000_000)
	ctx, cancel := context.WithCancel(t.Context())
	var readers errgroup.Group
	for range 4 {
		readers.Go(func() error {
			for ctx.Err() == nil {
				_, err := store.Statistics(ctx, everything(0), 0, 10)
				if err != nil && !errors.Is(err, storage.ErrQueryTooLarge) && !errors.Is(err, context.Canceled) {
					return err
				}
			}
			return nil
		})
	}
	for i := range 5 {
		load(t, store, 2_000_001+i*300_000, 300_000)
	}
	cancel()
	require.NoError(t, readers.Wait())
}

// The log is folded into the file as it grows, between the queries.
func TestTheLogIsFolded(t *testing.T) {
	dir := t.TempDir()
	store := closing(t, dir, duckdb.Options{})
	folded := false
	for i, before := 0, int64(0); i < 60; i++ {
		load(t, store, 1+i*50_000, 50_000)
		size := int64(0)
		if info, err := os.Stat(filepath.Join(dir, "points.db.wal")); err == nil {
			size = info.Size()
		}
		require.Less(t, size, int64(20<<20))
		folded = folded || size < before
		before = size
	}
	require.True(t, folded)
	require.Equal(t, int64(3_000_000), samplesOf(t, store))
}

func samplesOf(t *testing.T, store core.Store) (count int64) {
	t.Helper()
	extents, err := store.Extents(t.Context(), everything(0).Series)
	require.NoError(t, err)
	for _, extent := range extents {
		count += extent.Count
	}
	return count
}
