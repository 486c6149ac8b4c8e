package fileupload

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/seal"
)

func TestAFolderIsNotOpenedWithAnotherKey(t *testing.T) {
	dir := t.TempDir()
	keys := newKeys(t)
	for range 2 {
		d, err := openData(t.Context(), inFolder(dir), keys)
		require.NoError(t, err)
		require.NoError(t, d.close())
	}
	for _, other := range []*seal.Keys{newKeys(t), nil} {
		_, err := openData(t.Context(), inFolder(dir), other)
		require.ErrorIs(t, err, seal.ErrWrongKey)
		require.ErrorContains(t, err, dir)
	}
}

func newKeys(t *testing.T) *seal.Keys {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.json")
	_, err := seal.CreateKeyset(path)
	require.NoError(t, err)
	keys, err := openKeys(t.Context(), seal.Config{Key: "file:" + path})
	require.NoError(t, err)
	return keys
}
