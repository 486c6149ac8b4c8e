package disk

import (
	"context"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

func TestCopyBytesWhereLinksAreRefused(t *testing.T) {
	store := testStore(t)
	content := make([]byte, copyStep+5)
	content[0], content[copyStep], content[copyStep+4] = 1, 2, 3
	source := testBlob(t, store, "from", content)

	require.NoError(t, store.copyBytes(t.Context(), source, "to"))
	require.NoError(t, store.Discard(t.Context(), "from"))
	blob, err := store.Open(t.Context(), "to")
	require.NoError(t, err)
	got := make([]byte, blob.Size())
	_, err = blob.ReadAt(got, 0)
	require.NoError(t, err)
	require.Equal(t, content, got)
	require.NoError(t, blob.Close())
}

func TestAStoppedCopyLeavesNothing(t *testing.T) {
	store := testStore(t)
	source := testBlob(t, store, "from", []byte("content"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, store.copyBytes(ctx, source, "to"), context.Canceled)
	_, err := store.Resume(t.Context(), "to", 0)
	require.ErrorIs(t, err, core.ErrNotFound)
}

func TestACopyOverAPartLeavesThePart(t *testing.T) {
	store := testStore(t)
	source := testBlob(t, store, "from", []byte("content"))
	require.NoError(t, testPart(t, store, "to").Close())
	require.ErrorIs(t, store.copyBytes(t.Context(), source, "to"), core.ErrExists)
	resumed, err := store.Resume(t.Context(), "to", 0)
	require.NoError(t, err)
	require.NoError(t, resumed.Close())
}

func TestLinkRefused(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.EMLINK, syscall.EPERM, syscall.ENOTSUP} {
		require.True(t, linkRefused(&os.LinkError{Op: "linkat", Err: errno}), errno)
	}
	for _, err := range []error{nil, syscall.ENOENT, syscall.EEXIST, syscall.ENOSPC, syscall.EIO} {
		require.False(t, linkRefused(err), err)
	}
}

func testBlob(t *testing.T, store *Store, id string, content []byte) place {
	t.Helper()
	p := testPart(t, store, id)
	require.NoError(t, p.Append([][]byte{content}))
	require.NoError(t, p.Sync())
	require.NoError(t, p.Close())
	require.NoError(t, store.Publish(t.Context(), id))
	at, err := placeOf(id)
	require.NoError(t, err)
	return at
}
