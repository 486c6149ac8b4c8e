package duckdb_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/libs/storage"
)

// endless runs a query in the background that does not end by itself in its
// first so many attempts. It returns where each attempt is announced, and where
// the query's error goes.
func endless(ctx context.Context, db *duckdb.Database, attempts int) (begun <-chan int, ended <-chan error) {
	announce, failed := make(chan int, 9), make(chan error, 1)
	attempt := 0
	go func() {
		failed <- db.Read(ctx, "wait", func(ctx context.Context, conn *engine.Conn) error {
			attempt++
			announce <- attempt
			if attempt > attempts {
				return nil
			}
			_, err := conn.Exec(ctx, forever)
			return err
		})
	}()
	return announce, failed
}

// shortOfMemory moves the position, at the second attempt.
func shortOfMemory(ctx context.Context, db *duckdb.Database) error {
	short := true
	return db.Change(ctx, "test", 0, func(ctx context.Context, conn *engine.Conn) error {
		if short {
			short = false
			return &engine.Error{Kind: engine.OutOfMemory, Message: "out of memory"}
		}
		return duckdb.MoveTo(ctx, conn, 42)
	})
}

// A change that is short of memory has the database alone at its second
// attempt; the query that it stopped is done once more.
func TestAChangeShortOfMemoryStopsTheQueries(t *testing.T) {
	db := closing(t, t.TempDir(), duckdb.Options{})
	begun, ended := endless(t.Context(), db, 1)
	require.Equal(t, 1, <-begun)
	require.NoError(t, shortOfMemory(t.Context(), db))
	require.Equal(t, 2, <-begun)
	require.NoError(t, <-ended)
	position, err := db.Position(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 42, position)
}

func TestAQueryThatIsStoppedTwiceIsTooLarge(t *testing.T) {
	db := closing(t, t.TempDir(), duckdb.Options{})
	begun, ended := endless(t.Context(), db, 2)
	for attempt := range 2 {
		require.Equal(t, attempt+1, <-begun)
		require.NoError(t, shortOfMemory(t.Context(), db))
	}
	require.ErrorIs(t, <-ended, storage.ErrQueryTooLarge)
}

// A checkpoint waits for queries, and stops them when they don't end.
func TestACheckpointHasTheDatabaseAlone(t *testing.T) {
	db := closing(t, t.TempDir(), duckdb.Options{})
	begun, ended := endless(t.Context(), db, 1)
	require.Equal(t, 1, <-begun)

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, db.Checkpoint(ctx), context.DeadlineExceeded)
	require.Empty(t, begun, "the query still runs")

	require.NoError(t, db.Checkpoint(t.Context()))
	require.Equal(t, 2, <-begun)
	require.NoError(t, <-ended)
}

// A database that can't be used any more is opened anew: what finds it so is
// done once more, and what ran beside it as well.
func TestABrokenDatabaseIsOpenedAnew(t *testing.T) {
	db := closing(t, t.TempDir(), duckdb.Options{})
	load(t, db, 0, 1_000)
	begun, ended := endless(t.Context(), db, 1)
	require.Equal(t, 1, <-begun)

	broken := true
	require.NoError(t, db.Read(t.Context(), "test", func(ctx context.Context, conn *engine.Conn) error {
		if broken {
			broken = false
			return &engine.Error{Kind: engine.Invalid, Message: "the database has been invalidated"}
		}
		count, err := engine.ReadNumber[int64](ctx, conn, "SELECT count(*) FROM rows")
		require.EqualValues(t, 1_001, count)
		return err
	}))
	require.Equal(t, 2, <-begun)
	require.NoError(t, <-ended)
	load(t, db, 1_000, 1_000)
	require.EqualValues(t, 2_000, requireWhole(t, db))
}
