package tests

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

// TestStartWithoutTheCatalogIsRefused takes the catalog away from a data folder
// with content. No start may take the content for rubbish, and with its catalog
// back the folder is as it was.
func TestStartWithoutTheCatalogIsRefused(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	w := s.storeWitness(ctx, t)
	require.NoError(t, s.Terminate(10*time.Second))
	away := t.TempDir()
	moveCatalog(t, s.dataDir, away)
	before, err := readDataFolder(s.dataDir)
	require.NoError(t, err)
	require.Contains(t, before.blobs, w.fileID)

	for range 2 { // The first one may have left a new catalog.
		outcome := testkit.Run(t, 20*time.Second, serverBinary(t),
			"--listen", "127.0.0.1:0", "--admin-listen", "", "--data-dir", s.dataDir)
		require.NotZero(t, outcome.ExitCode)
		require.Contains(t, outcome.Output, "the catalog does not belong to this store")
		require.Contains(t, outcome.Output, "restore the catalog (catalog.db", "the error says what to do")
		after, err := readDataFolder(s.dataDir)
		require.NoError(t, err)
		require.Equal(t, before, after)
	}

	moveCatalog(t, s.dataDir, t.TempDir())
	moveCatalog(t, away, s.dataDir)
	s.Restart()
	s.requireWitness(ctx, t, w)
}

// moveCatalog moves the files of a catalog, whichever there are.
func moveCatalog(t *testing.T, from, to string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(from, "catalog.db*"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		require.NoError(t, os.Rename(path, filepath.Join(to, filepath.Base(path))))
	}
}
