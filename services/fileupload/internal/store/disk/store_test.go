package disk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/disk"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		t.Helper()
		dir := t.TempDir()
		return func(t *testing.T) core.Store {
			t.Helper()
			return openStore(t, dir)
		}
	})
}

func openStore(t testing.TB, dir string) *disk.Store {
	t.Helper()
	store, err := disk.Open(dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}
