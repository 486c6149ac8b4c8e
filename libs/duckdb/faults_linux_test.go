package duckdb_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/storage"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// A full disk refuses changes, keeps what was committed, goes on being read,
// and takes changes again once there is room, with nothing twice.
func TestFullDisk(t *testing.T) {
	for name, options := range map[string]duckdb.Options{
		"refused beforehand": {},
		"found by DuckDB":    duckdb.Options{}.FillingTheDisk(),
	} {
		for _, size := range crashSizes {
			t.Run(fmt.Sprintf("%s in pieces of %d", name, size), func(t *testing.T) {
				checkFullDisk(t, options, size)
			})
		}
	}
}

func checkFullDisk(t *testing.T, options duckdb.Options, size int) {
	t.Helper()
	dir := testkit.SmallDisk(t, 50<<20)
	ballast := filepath.Join(dir, "ballast")
	require.NoError(t, os.WriteFile(ballast, make([]byte, 30<<20), 0o600))
	db := closing(t, dir, options)
	position, refused := fillUp(t, db, size)
	require.Positive(t, position)
	for range 3 {
		require.ErrorIs(t, refused.apply(t.Context(), db), storage.ErrFull)
		require.Contains(t, []journal.Position{position, refused.end()}, requireWhole(t, db))
	}

	require.NoError(t, os.Remove(ballast))
	require.NoError(t, refused.apply(t.Context(), db))
	require.Equal(t, refused.end(), requireWhole(t, db))
	require.NoError(t, db.Checkpoint(t.Context()))
	next := pieceAfter(refused.end(), 1_000)
	require.NoError(t, next.apply(t.Context(), db))
	require.Equal(t, next.end(), requireWhole(t, db))
}

// fillUp applies pieces until one is refused, which it returns with the last
// position before it.
func fillUp(t *testing.T, db *duckdb.Database, size int) (position journal.Position, refused *piece) {
	t.Helper()
	for {
		p := pieceAfter(position, size).incompressible()
		if err := p.apply(t.Context(), db); err != nil {
			require.ErrorIs(t, err, storage.ErrFull)
			return position, p
		}
		position = p.end()
	}
}

// What was applied to a new store, and to an old one, is there after the power
// was cut at once, whatever way the piece took into the file.
func TestPowerCut(t *testing.T) {
	ext4 := testkit.NewExt4(t, 256)
	var position journal.Position
	for round := range 9 {
		db := openRows(t, ext4.Data(), duckdb.Options{})
		for range 1 + round%2 {
			p := pieceAfter(position, crashSizes[round%len(crashSizes)])
			require.NoError(t, p.apply(t.Context(), db))
			position = p.end()
		}
		if round%4 == 3 {
			require.NoError(t, db.Checkpoint(t.Context()))
		}
		ext4.PowerCut()
		_ = db.Close() // It cannot write any more.
		ext4.Remount()

		db = openRows(t, ext4.Data(), duckdb.Options{})
		require.Equal(t, position, requireWhole(t, db))
		require.NoError(t, db.Close())
	}
}
