package s3_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
	"github.com/sluice-ingest/sluice/libs/testkit/s3server"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/s3"
)

// twoReplicas are of one place. One of them stalls in the tests, and does not
// know yet that the other carries its upload.
func twoReplicas(t *testing.T) (stale, current *s3.Store) {
	t.Helper()
	c := configFor(s3server.Start(t).Addr)
	return openStore(t, c), openStore(t, c)
}

// otherContent differs from content in every part.
func otherContent(size int) []byte { return testkit.NewContent(7, int64(size)).Bytes(0, size) }

func TestAStaleResumptionLeavesTheCommittedBlob(t *testing.T) {
	stale, current := twoReplicas(t)
	id, want := newID(), content(3*partSize+10)
	durable, proof := leavePart(t, current, id, want[:2*partSize])
	part, err := current.Resume(t.Context(), id, durable, proof)
	require.NoError(t, err)
	committed := mustFinish(t, current, part, id, want[durable:])

	late, err := stale.Resume(t.Context(), id, durable, proof)
	require.NoError(t, err)
	requireBlob(t, current, committed, want)
	other, err := finish(t, stale, late, id, otherContent(partSize))
	require.NoError(t, err)
	require.NotEqual(t, committed, other)
	sweep(t, current, committed)
	requireBlob(t, current, committed, want)
}

func TestAStalePublicationLeavesTheCommittedBlob(t *testing.T) {
	for name, size := range map[string]int{"in memory": 1000, "in parts": partSize + 1000} {
		t.Run(name, func(t *testing.T) {
			stale, current := twoReplicas(t)
			id, want := newID(), content(size)
			late, err := stale.Create(t.Context(), id)
			require.NoError(t, err)
			require.NoError(t, appendAll(late, otherContent(size)))

			part, err := current.Resume(t.Context(), id, 0, nil)
			require.NoError(t, err)
			committed := mustFinish(t, current, part, id, want)
			other, err := finish(t, stale, late, id, nil)
			require.NoError(t, err)
			requireBlob(t, current, committed, want)
			requireBlob(t, current, other, otherContent(size))
			sweep(t, current, committed)
			requireBlob(t, current, committed, want)
		})
	}
}

func TestAStaleBeginningLeavesThePartOfAnother(t *testing.T) {
	stale, current := twoReplicas(t)
	id, want := newID(), content(2*partSize+10)
	part, err := current.Create(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, appendAll(part, want[:partSize]))
	require.NoError(t, part.Sync())

	late, err := stale.Resume(t.Context(), id, 0, nil)
	require.NoError(t, err)
	require.NoError(t, appendAll(late, otherContent(partSize)))
	require.NoError(t, late.Sync())
	require.NoError(t, late.Close())
	require.Len(t, parts(t, current), 2)
	committed := mustFinish(t, current, part, id, want[partSize:])
	sweep(t, current, committed)
	requireBlob(t, current, committed, want)
}

// Two that go on with one multipart upload: what the stale one sends makes the
// publication fail or comes too late, and never gets into the blob.
func TestAStaleWriterIsFoundByItsETags(t *testing.T) {
	stale, current := twoReplicas(t)
	id, want := newID(), content(2*partSize)
	durable, proof := leavePart(t, stale, id, want[:partSize])
	late, err := stale.Resume(t.Context(), id, durable, proof)
	require.NoError(t, err)
	part, err := current.Resume(t.Context(), id, durable, proof)
	require.NoError(t, err)
	require.NoError(t, appendAll(part, want[partSize:]))
	require.NoError(t, part.Sync())
	full := part.Proof(2 * partSize)

	require.NoError(t, appendAll(late, otherContent(partSize)))
	require.NoError(t, late.Sync())
	_, err = finish(t, current, part, id, nil)
	require.Error(t, err)
	requireNoBlob(t, current, id)
	_, err = current.Resume(t.Context(), id, 2*partSize, full)
	require.ErrorIs(t, err, core.ErrNotFound)

	part, err = current.Resume(t.Context(), id, durable, proof)
	require.NoError(t, err)
	committed := mustFinish(t, current, part, id, want[durable:])
	require.Error(t, appendAndSync(late, otherContent(partSize)), "it comes too late")
	require.NoError(t, late.Close())
	requireBlob(t, current, committed, want)
}

func appendAndSync(part core.Part, content []byte) error {
	if err := appendAll(part, content); err != nil {
		return err
	}
	return part.Sync()
}

// In one process, too, an older part of an upload is not published for a later one.
func TestAnOlderPartOfTheSameProcessIsNotPublished(t *testing.T) {
	_, store := startedStore(t)
	for name, size := range map[string]int{"in memory": 1000, "in parts": partSize + 1000} {
		t.Run(name, func(t *testing.T) {
			id, want := newID(), content(size)
			ended, err := store.Create(t.Context(), id)
			require.NoError(t, err)
			require.NoError(t, appendAll(ended, otherContent(size)))
			require.NoError(t, ended.End())
			require.NoError(t, ended.Sync())
			require.NoError(t, ended.Close())
			late, err := store.Resume(t.Context(), id, 0, nil)
			require.NoError(t, err)
			require.NoError(t, appendAll(late, otherContent(size)))
			part, err := store.Resume(t.Context(), id, 0, nil)
			require.NoError(t, err)

			_, err = store.Publish(t.Context(), id)
			require.ErrorIs(t, err, core.ErrNotFound, "the part that had ended is not the newest")
			require.NoError(t, late.End())
			require.Error(t, late.Sync(), "nor is the other")
			require.NoError(t, late.Close())
			_, err = store.Publish(t.Context(), id)
			require.ErrorIs(t, err, core.ErrNotFound)
			requireBlob(t, store, mustFinish(t, store, part, id, want), want)
		})
	}
}

// A Sync more loses nothing of a small file.
func TestAnEndedPartMayBeSyncedAgain(t *testing.T) {
	_, store := startedStore(t)
	id, want := newID(), content(1000)
	part, err := store.Create(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, appendAll(part, want))
	require.NoError(t, part.End())
	require.NoError(t, part.Sync())
	requireBlob(t, store, mustFinish(t, store, part, id, nil), want)
}

func TestADiscardedUploadIsNotPublished(t *testing.T) {
	_, store := startedStore(t)
	id := newID()
	part, err := store.Create(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, appendAll(part, content(partSize+10)))
	require.NoError(t, part.Sync())
	require.NoError(t, store.Discard(t.Context(), id))
	_, err = finish(t, store, part, id, nil)
	require.Error(t, err)
	require.Empty(t, parts(t, store))
	require.Empty(t, blobs(t, store))
}

// An upload's identifier means all of its parts and blobs, and none of another
// upload whose identifier begins alike.
func TestAnUploadsIdentifierMeansAllThatItHas(t *testing.T) {
	_, store := startedStore(t)
	id := newID()
	longer := id + "-s0123"
	fill := func() {
		for _, upload := range []string{id, id, longer} {
			_, err := store.Put(t.Context(), upload, [][]byte{[]byte("content")})
			require.NoError(t, err)
			require.NoError(t, store.BeginUpload(t.Context(), upload))
		}
	}
	fill()
	require.NoError(t, store.DiscardPart(t.Context(), id))
	requireAll(t, longer, parts(t, store), 1)
	require.Len(t, blobs(t, store), 3)
	moved, err := store.SetAside(t.Context(), id)
	require.NoError(t, err)
	require.True(t, moved)
	requireAll(t, longer, blobs(t, store), 1)
	fill()
	require.NoError(t, store.Discard(t.Context(), id))
	requireAll(t, longer, parts(t, store), 2)
	requireAll(t, longer, blobs(t, store), 2)
}

// requireAll checks that there are so many, all of one upload.
func requireAll(t *testing.T, id string, found []string, count int) {
	t.Helper()
	require.Len(t, found, count)
	for _, blobID := range found {
		require.True(t, strings.HasPrefix(blobID, id+"-s"), blobID)
	}
}

func TestABlobsIdentifierIsNotAnUploads(t *testing.T) {
	_, store := startedStore(t)
	blobID := mustUpload(t, store, []byte("content"))
	_, err := store.Put(t.Context(), blobID, nil)
	require.ErrorContains(t, err, "not a blob's")
	_, err = store.Create(t.Context(), blobID)
	require.ErrorContains(t, err, "not a blob's")
	_, err = store.Resume(t.Context(), blobID, 0, nil)
	require.ErrorContains(t, err, "not a blob's")
	requireBlob(t, store, blobID, []byte("content"))
}
