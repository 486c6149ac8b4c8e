package seal_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/seal"
)

// newKeyset makes a keyset file and returns its path.
func newKeyset(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.json")
	_, err := seal.CreateKeyset(path)
	require.NoError(t, err)
	return path
}

func openKeys(t testing.TB, path string) *seal.Keys {
	t.Helper()
	keys, err := seal.Open(t.Context(), seal.Config{Key: path}, nil)
	require.NoError(t, err)
	return keys
}

func newDataKey(t testing.TB, keys *seal.Keys, object string) (*seal.DataKey, []byte) {
	t.Helper()
	key, wrapped, err := keys.New(t.Context(), object)
	require.NoError(t, err)
	return key, wrapped
}
