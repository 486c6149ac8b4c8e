package disk_test

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/disk"
)

// What a method calls durable is there after the power was cut at once.
func TestPowerCut(t *testing.T) {
	ext4 := testkit.NewExt4(t, 64)
	for round, cut := range []struct {
		name  string
		leave func(t *testing.T, store *disk.Store, id string, content []byte)
		found func(t *testing.T, store *disk.Store, id string, content []byte)
	}{
		{"synced part", leavePart, findPart},
		{"published blob", leaveBlob, findBlob},
		{"content that was put", leavePut, findPut},
		{"contents that were put at once", leavePuts, findPuts},
		{"blob that was taken back", leaveTakenBack, findPart},
		{"blob that was set aside", leaveSetAside, findLost},
	} {
		t.Run(cut.name, func(t *testing.T) {
			// The store's folders are part of what has to survive.
			dir := fmt.Sprintf("%s/new-%d/store", ext4.Data(), round)
			store, err := disk.Open(dir)
			require.NoError(t, err)
			content := randomBytes(1<<20 + 17)
			cut.leave(t, store, "kept", content)
			ext4.PowerCut()
			_ = store.Close() // It cannot write any more.
			ext4.Remount()

			store, err = disk.Open(dir)
			require.NoError(t, err)
			cut.found(t, store, "kept", content)
			require.NoError(t, store.Close())
		})
	}
}

func leavePart(t *testing.T, store *disk.Store, id string, content []byte) {
	t.Helper()
	part, err := store.Create(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, part.Append([][]byte{content}))
	require.NoError(t, part.Sync())
	require.NoError(t, part.Append([][]byte{[]byte("not synced")}))
	require.NoError(t, part.Close())
}

func leaveBlob(t *testing.T, store *disk.Store, id string, content []byte) {
	t.Helper()
	part, err := store.Create(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, part.Append([][]byte{content}))
	require.NoError(t, part.End())
	require.NoError(t, part.Sync())
	require.NoError(t, part.Close())
	require.NoError(t, testkit.ErrorOf(store.Publish(t.Context(), id)))
}

func leaveTakenBack(t *testing.T, store *disk.Store, id string, content []byte) {
	t.Helper()
	leaveBlob(t, store, id, content)
	part, err := store.Resume(t.Context(), id, int64(len(content)), nil)
	require.NoError(t, err)
	require.NoError(t, part.Close())
}

func leaveSetAside(t *testing.T, store *disk.Store, id string, content []byte) {
	t.Helper()
	leaveBlob(t, store, id, content)
	moved, err := store.SetAside(t.Context(), id)
	require.NoError(t, err)
	require.True(t, moved)
}

func findLost(t *testing.T, store *disk.Store, id string, _ []byte) {
	t.Helper()
	_, err := store.Open(t.Context(), id)
	require.ErrorIs(t, err, core.ErrNotFound)
	removed, err := store.PurgeSetAside(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, 1, removed)
}

func findPart(t *testing.T, store *disk.Store, id string, content []byte) {
	t.Helper()
	part, err := store.Resume(t.Context(), id, int64(len(content)), nil)
	require.NoError(t, err)
	requireContent(t, part, content)
	require.NoError(t, part.Close())
	_, err = store.Open(t.Context(), id)
	require.ErrorIs(t, err, core.ErrNotFound)
}

func findBlob(t *testing.T, store *disk.Store, id string, content []byte) {
	t.Helper()
	blob, err := store.Open(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, int64(len(content)), blob.Size())
	requireContent(t, blob, content)
	require.NoError(t, blob.Close())
	for part, err := range store.Parts(t.Context()) {
		require.NoError(t, err)
		require.Fail(t, "a part is there again", part)
	}
}

func requireContent(t *testing.T, from io.ReaderAt, content []byte) {
	t.Helper()
	got := make([]byte, len(content))
	_, err := from.ReadAt(got, 0)
	require.NoError(t, err)
	require.Equal(t, content, got)
}
