package duckdb_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/libs/journal"
)

// A piece whose commit failed and took effect nevertheless is not taken in
// again, and nothing that goes further is until that is known.
func TestAPieceInDoubtIsAppliedOnce(t *testing.T) {
	db := closing(t, t.TempDir(), duckdb.Options{})
	load(t, db, 0, 1_000)
	stored := pieceAfter(1_000, 500)
	require.NoError(t, stored.apply(t.Context(), db))

	db.Doubt(stored.end())
	require.ErrorContains(t, pieceAfter(1_000, 700).apply(t.Context(), db), "up to 1500 is in the store")
	require.NoError(t, stored.apply(t.Context(), db))
	require.EqualValues(t, 1_500, requireWhole(t, db))
	load(t, db, 1_500, 100)
	require.EqualValues(t, 1_600, requireWhole(t, db))
}

// A piece whose commit failed and took no effect may come back in another size.
func TestAPieceThatIsNotStoredMayGrow(t *testing.T) {
	db := closing(t, t.TempDir(), duckdb.Options{})
	load(t, db, 0, 1_000)
	db.Doubt(1_500)
	load(t, db, 1_000, 700)
	require.EqualValues(t, 1_700, requireWhole(t, db))
}

func TestAFailedPieceLeavesNothing(t *testing.T) {
	db := closing(t, t.TempDir(), duckdb.Options{})
	load(t, db, 0, 1_000)
	p := pieceAfter(1_000, 500)
	failed := errors.New("the work failed")
	err := db.ApplyOnce(t.Context(), p.end(), duckdb.Settled{}, 0, func(ctx context.Context, conn *engine.Conn) error {
		return errors.Join(p.write(ctx, conn), failed)
	})
	require.ErrorIs(t, err, failed)
	require.EqualValues(t, 1_000, requireWhole(t, db))
	require.NoError(t, p.apply(t.Context(), db))
	require.EqualValues(t, 1_500, requireWhole(t, db))
}

// What else changes the store moves the position in the same transaction.
func TestAChangeMovesThePosition(t *testing.T) {
	db := closing(t, t.TempDir(), duckdb.Options{})
	moveTo := func(position journal.Position, fails error) error {
		return db.Change(t.Context(), "delete", 0, func(ctx context.Context, conn *engine.Conn) error {
			return errors.Join(duckdb.MoveTo(ctx, conn, position), fails)
		})
	}
	failed := errors.New("the work failed")
	require.NoError(t, moveTo(42, nil))
	require.ErrorIs(t, moveTo(43, failed), failed)
	position, err := db.Position(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 42, position)
}
