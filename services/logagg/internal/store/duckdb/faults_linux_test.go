package duckdb_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	libduckdb "github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/storage"
	"github.com/sluice-ingest/sluice/libs/testkit"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
)

// A full disk refuses changes, keeps what was committed, goes on being read,
// and takes changes again once there is room, with nothing twice.
func TestFullDisk(t *testing.T) {
	for _, size := range crashSizes[1:] {
		t.Run(fmt.Sprintf("in batches of %d", size), func(t *testing.T) { checkFullDisk(t, size) })
	}
}

func checkFullDisk(t *testing.T, size int) {
	t.Helper()
	dir := testkit.SmallDisk(t, 28<<20)
	ballast := filepath.Join(dir, "ballast")
	require.NoError(t, os.WriteFile(ballast, make([]byte, 18<<20), 0o600))
	store := closing(t, dir, libduckdb.Options{})
	position, refused := fillUp(t, store, size)
	require.Positive(t, position)
	for range 3 {
		require.ErrorIs(t, store.Apply(t.Context(), refused), storage.ErrFull)
		require.Contains(t, []int64{position, int64(refused.Position)}, requireWhole(t, store))
	}

	require.NoError(t, os.Remove(ballast))
	require.NoError(t, store.Apply(t.Context(), refused))
	require.Equal(t, int64(refused.Position), requireWhole(t, store))
	require.NoError(t, store.Checkpoint(t.Context()))
	next := batchAfter(int64(refused.Position), 1_000)
	require.NoError(t, store.Apply(t.Context(), next))
	require.Equal(t, int64(next.Position), requireWhole(t, store))
}

// fillUp applies batches until one is refused, which it returns with the last
// position before it.
func fillUp(t *testing.T, store core.Store, size int) (position int64, refused *core.Batch) {
	t.Helper()
	for {
		batch := batchAfter(position, size)
		if err := store.Apply(t.Context(), batch); err != nil {
			require.ErrorIs(t, err, storage.ErrFull)
			return position, batch
		}
		position = int64(batch.Position)
	}
}

// What was applied and deleted is there and gone after the power was cut at
// once.
func TestPowerCut(t *testing.T) {
	ext4 := testkit.NewExt4(t, 256)
	var position int64
	for round := range 9 {
		store := openStore(t, ext4.Data(), libduckdb.Options{})
		for range 1 + round%2 {
			batch := batchAfter(position, crashSizes[round%len(crashSizes)])
			require.NoError(t, store.Apply(t.Context(), batch))
			position = int64(batch.Position)
		}
		if round%3 == 1 {
			position |= 1
			deleted, err := store.Delete(t.Context(), tenant, doomed(), journal.Position(position))
			require.NoError(t, err)
			require.Positive(t, deleted)
		}
		if round%4 == 3 {
			require.NoError(t, store.Checkpoint(t.Context()))
		}
		ext4.PowerCut()
		_ = store.Close() // It cannot write any more.
		ext4.Remount()

		store = openStore(t, ext4.Data(), libduckdb.Options{})
		require.Equal(t, position, requireWhole(t, store))
		require.NoError(t, store.Close())
	}
}
