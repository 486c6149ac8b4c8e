package seal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/seal"
)

func TestAFolderKnowsItsKey(t *testing.T) {
	dir, path := t.TempDir(), newKeyset(t)
	require.NoError(t, seal.CheckFolder(t.Context(), nil, dir), "a folder without encrypted data needs no key")
	for range 2 {
		require.NoError(t, seal.CheckFolder(t.Context(), openKeys(t, path), dir))
	}
	_, err := seal.RotateKeyset(path)
	require.NoError(t, err)
	require.NoError(t, seal.CheckFolder(t.Context(), openKeys(t, path), dir))

	before := readCheck(t, dir)
	err = seal.CheckFolder(t.Context(), openKeys(t, newKeyset(t)), dir)
	require.ErrorIs(t, err, seal.ErrWrongKey)
	require.ErrorContains(t, err, dir)
	err = seal.CheckFolder(t.Context(), nil, dir)
	require.ErrorIs(t, err, seal.ErrWrongKey)
	require.ErrorContains(t, err, "set encryption.key")
	require.Equal(t, before, readCheck(t, dir), "a refusal changes nothing")
}

func TestARewrappedFolderNeedsTheOldKeyNoMore(t *testing.T) {
	dir, path := t.TempDir(), newKeyset(t)
	require.NoError(t, seal.RewrapCheck(t.Context(), openKeys(t, path), dir))
	require.NoFileExists(t, filepath.Join(dir, seal.CheckFile))
	require.NoError(t, seal.CheckFolder(t.Context(), openKeys(t, path), dir))
	old, err := seal.ShowKeyset(path)
	require.NoError(t, err)
	_, err = seal.RotateKeyset(path)
	require.NoError(t, err)
	require.NoError(t, seal.RewrapCheck(t.Context(), openKeys(t, path), dir))
	require.NoError(t, seal.DropKey(path, old[0].ID))
	require.NoError(t, seal.CheckFolder(t.Context(), openKeys(t, path), dir))
}

func TestADamagedCheckValueIsNoWrongKey(t *testing.T) {
	dir, path := t.TempDir(), newKeyset(t)
	require.NoError(t, seal.CheckFolder(t.Context(), openKeys(t, path), dir))
	whole := readCheck(t, dir)
	for i := range bytes.TrimSpace(whole) {
		altered := bytes.Clone(whole)
		altered[i] ^= 0x11
		for _, bad := range [][]byte{altered, whole[:i]} {
			require.NoError(t, os.WriteFile(filepath.Join(dir, seal.CheckFile), bad, 0o600))
			require.ErrorIs(t, seal.CheckFolder(t.Context(), openKeys(t, path), dir), seal.ErrDamaged, "byte %d", i)
		}
	}
}

func readCheck(t *testing.T, dir string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, seal.CheckFile))
	require.NoError(t, err)
	return text
}
