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
