package testkit_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

func TestSmallDiskGetsFull(t *testing.T) {
	dir := testkit.SmallDisk(t, 1<<20)
	path := filepath.Join(dir, "ballast")
	require.ErrorIs(t, os.WriteFile(path, make([]byte, 2<<20), 0o600), syscall.ENOSPC)
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.WriteFile(path, make([]byte, 1<<19), 0o600))
}

func TestPowerCutKeepsWhatWasSyncedAndDropsWhatWasNot(t *testing.T) {
	e := testkit.NewExt4(t, 32)
	synced, unsynced := filepath.Join(e.Data(), "synced"), filepath.Join(e.Data(), "unsynced")
	f, err := os.Create(synced)
	require.NoError(t, err)
	_, err = f.WriteString("kept")
	require.NoError(t, err)
	require.NoError(t, f.Sync())
	require.NoError(t, f.Close())
	d, err := os.Open(e.Data())
	require.NoError(t, err)
	require.NoError(t, d.Sync())
	require.NoError(t, d.Close())
	require.NoError(t, os.WriteFile(unsynced, []byte("lost"), 0o600))

	e.PowerCut()
	require.ErrorIs(t, os.WriteFile(filepath.Join(e.Data(), "later"), []byte("x"), 0o600), syscall.EIO)
	e.Remount()

	content, err := os.ReadFile(synced)
	require.NoError(t, err)
	require.Equal(t, "kept", string(content))
	_, err = os.Stat(unsynced)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(unsynced, []byte("works again"), 0o600))
}
