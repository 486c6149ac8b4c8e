package sealed_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/seal"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/disk"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/sealed"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/storetest"
)

func TestConformance(t *testing.T) {
	keys := newKeys(t)
	for _, size := range []int{16, 64 << 10} {
		t.Run(fmt.Sprintf("segments of %d", size), func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) storetest.Opener {
				t.Helper()
				dir := t.TempDir()
				return func(t *testing.T) core.Store {
					t.Helper()
					return sealed.NewWithSegments(openDisk(t, dir), keys, size)
				}
			})
		})
	}
}

func openDisk(t testing.TB, dir string) *disk.Store {
	t.Helper()
	store, err := disk.Open(dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

func newKeys(t testing.TB) *seal.Keys {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.json")
	_, err := seal.CreateKeyset(path)
	require.NoError(t, err)
	keys, err := seal.Open(t.Context(), seal.Config{Key: path}, nil)
	require.NoError(t, err)
	return keys
}
