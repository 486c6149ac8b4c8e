package disk_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/disk"
)

// small is what of a content goes to a pack.
func small(content []byte) []byte { return content[:10_001] }

// leavePut puts a content as the first of its pack.
func leavePut(t *testing.T, store *disk.Store, id string, content []byte) {
	t.Helper()
	_, err := store.Put(t.Context(), id, [][]byte{small(content)})
	require.NoError(t, err)
}

func findPut(t *testing.T, store *disk.Store, _ string, content []byte) {
	t.Helper()
	blobs := blobsOf(t, store)
	require.Len(t, blobs, 1)
	findBlob(t, store, blobs[0], small(content))
}

const putsAtOnce = 40

func leavePuts(t *testing.T, store *disk.Store, _ string, content []byte) {
	t.Helper()
	var group errgroup.Group
	for i := range putsAtOnce {
		group.Go(func() error {
			_, err := store.Put(t.Context(), "some", [][]byte{content[:i+1]})
			return err
		})
	}
	require.NoError(t, group.Wait())
}

func findPuts(t *testing.T, store *disk.Store, _ string, content []byte) {
	t.Helper()
	sizes := map[int64]bool{}
	for _, id := range blobsOf(t, store) {
		blob, err := store.Open(t.Context(), id)
		require.NoError(t, err)
		sizes[blob.Size()] = true
		requireContent(t, blob, content[:blob.Size()])
		require.NoError(t, blob.Close())
	}
	require.Len(t, sizes, putsAtOnce)
}

func blobsOf(t testing.TB, store core.Store) (ids []string) {
	t.Helper()
	for id, err := range store.Blobs(t.Context()) {
		require.NoError(t, err)
		ids = append(ids, id)
	}
	return ids
}
