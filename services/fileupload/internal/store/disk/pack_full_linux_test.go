package disk_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// A full disk refuses puts and keeps what was put. Discarding makes room for more.
func TestPutsOnAFullDisk(t *testing.T) {
	dir := testkit.SmallDisk(t, 4<<20)
	store := openStore(t, dir)
	content := randomBytes(60 << 10)
	var stored []string
	fill := func() {
		for {
			id, err := store.Put(t.Context(), uuid.Must(uuid.NewV7()).String(), [][]byte{content})
			if err != nil {
				require.ErrorIs(t, err, core.ErrNoSpace)
				return
			}
			stored = append(stored, id)
		}
	}
	fill()
	require.Greater(t, len(stored), 50)
	packs := entries(t, filepath.Join(dir, "packs"))
	for range 5 {
		_, err := store.Put(t.Context(), "refused", [][]byte{content})
		require.ErrorIs(t, err, core.ErrNoSpace)
	}
	require.Equal(t, packs, entries(t, filepath.Join(dir, "packs")), "a refused put leaves nothing")
	require.ElementsMatch(t, stored, blobsOf(t, store))
	for _, id := range stored {
		findBlob(t, store, id, content)
	}

	for range 10 {
		require.NoError(t, store.Discard(t.Context(), stored[0]))
		stored = stored[1:]
	}
	before := len(stored)
	fill()
	require.GreaterOrEqual(t, len(stored), before+8)
	require.ElementsMatch(t, stored, blobsOf(t, store))
	for _, id := range stored {
		require.NoError(t, store.Discard(t.Context(), id))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "all"), make([]byte, 3<<20), 0o600), "all room is back")
}
