package disk_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

// The name tells where the blob came from, so that it can be moved back by hand.
func TestALostBlobCanBeBroughtBack(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir)
	part, err := store.Create(t.Context(), "a-1")
	require.NoError(t, err)
	require.NoError(t, part.Append([][]byte{[]byte("content")}))
	require.NoError(t, part.Sync())
	require.NoError(t, part.Close())
	require.NoError(t, testkit.ErrorOf(store.Publish(t.Context(), "a-1")))
	moved, err := store.SetAside(t.Context(), "a-1")
	require.NoError(t, err)
	require.True(t, moved)

	lost := entries(t, filepath.Join(dir, "lost"))
	require.Len(t, lost, 1)
	name := strings.Split(lost[0], ".")
	require.Len(t, name, 3)
	require.Equal(t, "a-1", name[2])
	require.NoError(t, os.Rename(filepath.Join(dir, "lost", lost[0]), filepath.Join(dir, "blobs", name[1], name[2])))
	findBlob(t, store, "a-1", []byte("content"))
}

// What was copied out of a pack is found under the same identifier.
func TestALostRecordCanBeBroughtBack(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir)
	id, err := store.Put(t.Context(), "a-1", [][]byte{[]byte("content")})
	require.NoError(t, err)
	moved, err := store.SetAside(t.Context(), id)
	require.NoError(t, err)
	require.True(t, moved)

	lost := entries(t, filepath.Join(dir, "lost"))
	require.Len(t, lost, 1)
	name := strings.Split(lost[0], ".")
	require.Equal(t, id, name[2])
	require.NoError(t, os.Rename(filepath.Join(dir, "lost", lost[0]), filepath.Join(dir, "blobs", name[1], name[2])))
	findBlob(t, store, id, []byte("content"))
	require.Equal(t, []string{id}, blobsOf(t, store))
	require.NoError(t, store.Discard(t.Context(), id))
	require.Empty(t, blobsOf(t, store))
}
