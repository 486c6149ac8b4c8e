package sqlite_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/catalog/catalogtest"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/catalog/sqlite"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

func TestConformance(t *testing.T) {
	catalogtest.Run(t, func(t *testing.T) catalogtest.Opener {
		t.Helper()
		path := filepath.Join(t.TempDir(), "catalog.db")
		return func(t *testing.T) core.Catalog {
			t.Helper()
			return openCatalog(t, path)
		}
	})
}

func openCatalog(t testing.TB, path string) *sqlite.Catalog {
	t.Helper()
	catalog, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, catalog.Close()) })
	return catalog
}

func TestFilesArePrivate(t *testing.T) {
	dir := t.TempDir()
	openCatalog(t, filepath.Join(dir, "catalog.db"))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 3, "the database, its log and the log's index")
	for _, entry := range entries {
		info, err := entry.Info()
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o600), info.Mode(), entry.Name())
	}
}

func TestPathsMayHoldAnything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "50% of #1?mode=ro&x.db")
	openCatalog(t, path)
	require.FileExists(t, path)
}

func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage")
	require.NoError(t, os.WriteFile(garbage, make([]byte, 4096), 0o600))
	for name, path := range map[string]string{
		"without a folder": filepath.Join(dir, "missing", "catalog.db"),
		"on a folder":      dir,
		"on another file":  garbage,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sqlite.Open(t.Context(), path)
			require.ErrorContains(t, err, path)
		})
	}
}
