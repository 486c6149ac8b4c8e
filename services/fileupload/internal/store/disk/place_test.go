package disk_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

func FuzzIdentifiersStayInside(f *testing.F) {
	for _, id := range []string{
		"", ".", "..", "a", "-", "../../x", "/etc/passwd", "a/../../b", "a\x00b", "parts", "blobs/00/a",
		"0198c0de-0000-7000-8000-000000000000", strings.Repeat("a", 128), strings.Repeat("a", 129), "\\\\x", "C:", "con",
	} {
		f.Add(id)
	}
	outer := f.TempDir()
	dir := filepath.Join(outer, "store")
	store := openStore(f, dir)

	f.Fuzz(func(t *testing.T, id string) {
		part, err := store.Create(t.Context(), id)
		if err != nil {
			requireOnly(t, dir, outer)
			return
		}
		require.NoError(t, part.Close())
		require.FileExists(t, filepath.Join(dir, "parts", id+".part"))
		requireOnly(t, dir, outer, id+".part")
		require.NoError(t, testkit.ErrorOf(store.Publish(t.Context(), id)))
		requireOnly(t, dir, outer, id)
		require.NoError(t, store.Discard(t.Context(), id))
		requireOnly(t, dir, outer)
	})
}

// requireOnly checks that these are the only files, in folders that Open made.
func requireOnly(t *testing.T, dir, outer string, names ...string) {
	t.Helper()
	require.ElementsMatch(t, names, fileNames(t, outer))
	require.Equal(t, []string{"store"}, entries(t, outer))
	require.Equal(t, []string{"blobs", "lost", "packs", "parts"}, entries(t, dir))
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	found, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, entry := range found {
		names = append(names, entry.Name())
	}
	return names
}
