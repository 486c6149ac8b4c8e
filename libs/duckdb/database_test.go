package duckdb_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/storage"
)

// sorting is a query that sorts all rows; it does not fit into little memory.
const sorting = "SELECT count(*) FROM (SELECT row_number() OVER (ORDER BY value DESC, word) AS place FROM rows) WHERE place > 1"

// forever is a query that does not end by itself.
const forever = "SELECT count(*) FROM range(100000000000) a WHERE hash(a.range) = 1"

func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage")
	require.NoError(t, os.WriteFile(garbage, make([]byte, 1<<16), 0o600))
	for name, path := range map[string]string{
		"without a folder": filepath.Join(dir, "missing", "rows.db"),
		"on a folder":      dir,
		"on another file":  garbage,
		"on parameters":    filepath.Join(dir, "rows.db?access_mode=read_only"),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := duckdb.Open(t.Context(), path, rowsSchema, duckdb.Options{})
			require.ErrorContains(t, err, path)
		})
	}
}

func TestPathsMayHoldAnything(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "50% of #1&x 'y'")
	require.NoError(t, os.Mkdir(dir, 0o700))
	db := closing(t, dir, duckdb.Options{})
	load(t, db, 0, 1_000)
	require.FileExists(t, filepath.Join(dir, "rows.db"))
}

func TestAClosedStoreSaysSo(t *testing.T) {
	db := openRows(t, t.TempDir(), duckdb.Options{})
	require.NoError(t, db.Close())
	require.NoError(t, db.Close())
	_, err := db.Position(t.Context())
	require.ErrorContains(t, err, "closed")
	require.ErrorContains(t, pieceAfter(0, 1).apply(t.Context(), db), "closed")
	require.ErrorContains(t, db.Checkpoint(t.Context()), "closed")
}

// A query stops soon after its context has ended, or the store is closed.
func TestQueriesStop(t *testing.T) {
	db := openRows(t, t.TempDir(), duckdb.Options{QuerySlots: 1})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := number(ctx, db, forever)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Less(t, time.Since(began), 2*time.Second)

	failed := make(chan error, 2)
	for range 2 { // One runs, the other waits for the slot.
		go func() {
			_, err := number(context.Background(), db, forever)
			failed <- err
		}()
	}
	require.NoError(t, db.Close())
	require.ErrorContains(t, <-failed, "closed")
	require.ErrorContains(t, <-failed, "closed")
}

// A lookup and a change don't wait for the queries' slots.
func TestLookupsAndChangesPassTheQueries(t *testing.T) {
	db := closing(t, t.TempDir(), duckdb.Options{QuerySlots: 1})
	ctx, cancel := context.WithCancel(t.Context())
	var query errgroup.Group
	query.Go(func() error {
		_, err := number(ctx, db, forever)
		return err
	})
	load(t, db, 0, 1_000)
	position, err := db.Position(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1_000, position)
	cancel()
	require.ErrorIs(t, query.Wait(), context.Canceled)
}

// A query that needs more than the memory limit and the spill limit fails by
// its own name, and changes go on beside it and after it.
func TestQueriesThatAreTooLarge(t *testing.T) {
	db := closing(t, t.TempDir(), duckdb.Options{MemoryLimit: 16 << 20, SpillLimit: 1 << 20})
	load(t, db, 0, 1_000_000)
	_, err := number(t.Context(), db, sorting)
	require.ErrorIs(t, err, storage.ErrQueryTooLarge)
	load(t, db, 1_000_000, 100_000)
	count, err := number(t.Context(), db, "SELECT count(*) FROM rows")
	require.NoError(t, err)
	require.EqualValues(t, 1_100_001, count)
}

// A change stops the queries when memory is short, and does not wait for them.
func TestChangesComeBeforeQueries(t *testing.T) {
	db := closing(t, t.TempDir(), duckdb.Options{MemoryLimit: 64 << 20, SpillLimit: 1 << 30, QuerySlots: 4})
	load(t, db, 0, 1_000_000)
	ctx, cancel := context.WithCancel(t.Context())
	var readers errgroup.Group
	for range 4 {
		readers.Go(func() error {
			for ctx.Err() == nil {
				_, err := number(ctx, db, sorting)
				if err != nil && !errors.Is(err, storage.ErrQueryTooLarge) && !errors.Is(err, context.Canceled) {
					return err
				}
			}
			return nil
		})
	}
	for i := range journal.Position(5) {
		load(t, db, 1_000_000+i*200_000, 200_000)
	}
	cancel()
	require.NoError(t, readers.Wait())
	require.EqualValues(t, 2_000_000, requireWhole(t, db))
}

// The log is folded into the file as it grows, between the queries.
func TestTheLogIsFolded(t *testing.T) {
	dir := t.TempDir()
	db := closing(t, dir, duckdb.Options{})
	folded := false
	for i, before := journal.Position(0), int64(0); i < 40; i++ {
		load(t, db, i*50_000, 50_000)
		size := int64(0)
		if info, err := os.Stat(filepath.Join(dir, "rows.db.wal")); err == nil {
			size = info.Size()
		}
		require.Less(t, size, int64(20<<20))
		folded = folded || size < before
		before = size
	}
	require.True(t, folded)
	require.EqualValues(t, 2_000_000, requireWhole(t, db))
}
