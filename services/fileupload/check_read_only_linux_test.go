package fileupload

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/seal"
)

// What a crash left, and a folder that is missing, are the next start's.
func TestACheckLeavesTheStoreAsItIs(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	require.NoError(t, d.close())
	pack := filepath.Join(dir, "packs", "0000000000000007.pack")
	require.NoError(t, os.WriteFile(pack, make([]byte, 1<<20), 0o600))
	require.NoError(t, os.Remove(filepath.Join(dir, "blobs", "00")))
	before, err := os.Stat(pack)
	require.NoError(t, err)

	report, err := Check(t.Context(), checkOf(dir))
	require.NoError(t, err)
	require.True(t, report.Sound)
	after, err := os.Stat(pack)
	require.NoError(t, err)
	require.Equal(t, before.Size(), after.Size())
	require.Equal(t, before.ModTime(), after.ModTime())
	require.NoDirExists(t, filepath.Join(dir, "blobs", "00"))

	d = open(t, dir)
	require.NoError(t, d.close())
	require.DirExists(t, filepath.Join(dir, "blobs", "00"))
}

func TestACheckWithAKeyLeavesAPlainFolderPlain(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	require.NoError(t, d.close())
	cfg := checkOf(dir)
	cfg.Encryption.Key = filepath.Join(t.TempDir(), "key.json")
	_, err := seal.CreateKeyset(cfg.Encryption.Key)
	require.NoError(t, err)
	report, err := Check(t.Context(), cfg)
	require.NoError(t, err)
	require.True(t, report.Sound)
	require.NoFileExists(t, filepath.Join(dir, seal.CheckFile))
	d = open(t, dir)
	require.NoError(t, d.close())
}
