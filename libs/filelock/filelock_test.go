package filelock_test

import (
	"path/filepath"
	"testing"

	"github.com/gofrs/flock"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/filelock"
)

func TestALockIsHeldUntilItIsReleased(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := filelock.Lock(path)
	require.NoError(t, err)
	other := flock.New(path)
	taken, err := other.TryLock()
	require.NoError(t, err)
	require.False(t, taken)

	unlock()
	taken, err = other.TryLock()
	require.NoError(t, err)
	require.True(t, taken)
	require.NoError(t, other.Unlock())
	unlock, err = filelock.Lock(path)
	require.NoError(t, err)
	unlock()
}

func TestALockInNoFolderFails(t *testing.T) {
	_, err := filelock.Lock(filepath.Join(t.TempDir(), "none", "lock"))
	require.ErrorContains(t, err, "no such file or directory")
}
