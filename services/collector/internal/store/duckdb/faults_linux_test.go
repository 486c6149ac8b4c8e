package duckdb_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/storage"
	"github.com/sluice-ingest/sluice/libs/testkit"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
	"github.com/sluice-ingest/sluice/services/collector/internal/store/duckdb"
)

// A full disk refuses changes, keeps what was committed, goes on being read,
// and takes changes again once there is room, with nothing twice.
func TestFullDisk(t *testing.T) {
	for _, size := range crashSizes {
		t.Run(fmt.Sprintf("in batches of %d", size), func(t *testing.T) { checkFullDisk(t, size) })
	}
}

func checkFullDisk(t *testing.T, size int) {
	t.Helper()
	dir := testkit.SmallDisk(t, 28<<20)
	ballast := filepath.Join(dir, "ballast")
	require.NoError(t, os.WriteFile(ballast, make([]byte, 18<<20), 0o600))
	store := closing(t, dir, duckdb.Options{})
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
		for i := range batch.Samples.Values[1:] {
			batch.Samples.Values[i+1] = rand.NormFloat64() // which does not compress
		}
		if err := store.Apply(t.Context(), batch); err != nil {
			require.ErrorIs(t, err, storage.ErrFull)
			return position, batch
		}
		position = int64(batch.Position)
	}
}

// What was applied to a new store, and to an old one, is there after the power
// was cut at once, whatever way the batch took into the file.
func TestPowerCut(t *testing.T) {
	ext4 := testkit.NewExt4(t, 256)
	var position int64
	for round := range 9 {
		store := openStore(t, ext4.Data(), duckdb.Options{})
		for range 1 + round%2 {
			batch := batchAfter(position, crashSizes[round%len(crashSizes)])
			require.NoError(t, store.Apply(t.Context(), batch))
			position = int64(batch.Position)
		}
		if round%4 == 3 {
			require.NoError(t, store.Checkpoint(t.Context()))
		}
		ext4.PowerCut()
		_ = store.Close() // It cannot write any more.
		ext4.Remount()

		store = openStore(t, ext4.Data(), duckdb.Options{})
		require.Equal(t, position, requireWhole(t, store))
		require.NoError(t, store.Close())
	}
}
