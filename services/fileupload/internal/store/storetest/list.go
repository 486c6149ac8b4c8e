package storetest

import (
	"context"
	"iter"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var listContracts = []contract{
	{"a new store lists nothing", listsNothing},
	{"parts and blobs are listed apart", listsPartsAndBlobs},
	{"a list can be left", listCanBeLeft},
	{"a list ends with its context", listHeedsContext},
	{"an identifier is never a path", refusesPaths},
}

func listsNothing(t *testing.T, open Opener) {
	store := open(t)
	require.Empty(t, collect(t, store.Parts(t.Context())))
	require.Empty(t, collect(t, store.Blobs(t.Context())))
}

func listsPartsAndBlobs(t *testing.T, open Opener) {
	store := open(t)
	var want, blobs []string
	for range 300 {
		want = append(want, newID())
		part, err := store.Create(t.Context(), want[len(want)-1])
		require.NoError(t, err)
		require.NoError(t, part.Close())
	}
	for _, id := range want[:20] {
		blobs = append(blobs, publishPart(t, store, id))
	}
	blobs = append(blobs[1:], put(t, store, "one"), put(t, store, "another"))
	require.NoError(t, store.Discard(t.Context(), put(t, store, "gone")))
	require.NoError(t, store.Discard(t.Context(), want[0]))
	require.NoError(t, store.Discard(t.Context(), want[299]))
	for _, store := range []core.Store{store, open(t)} {
		require.ElementsMatch(t, blobs, collect(t, store.Blobs(t.Context())))
		require.ElementsMatch(t, want[20:299], uploadsOf(collect(t, store.Parts(t.Context()))))
	}
}

// uploadsOf returns what the identifiers begin with, which newID made.
func uploadsOf(ids []string) []string {
	var uploads []string
	for _, id := range ids {
		uploads = append(uploads, id[:len(uuid.UUID{}.String())])
	}
	return uploads
}

func listCanBeLeft(t *testing.T, open Opener) {
	store := open(t)
	for range 2 {
		publish(t, store, "blob")
		put(t, store, "blob")
		putPart(t, store, newID(), "part")
	}
	for _, ids := range lists(t.Context(), store) {
		seen := 0
		for _, err := range ids {
			require.NoError(t, err)
			seen++
			break
		}
		require.Equal(t, 1, seen)
	}
}

func listHeedsContext(t *testing.T, open Opener) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, ids := range lists(ctx, open(t)) {
		var errs []error
		for _, err := range ids {
			errs = append(errs, err)
		}
		require.Len(t, errs, 1)
		require.ErrorIs(t, errs[0], context.Canceled)
	}
}

func refusesPaths(t *testing.T, open Opener) {
	store, ctx := open(t), t.Context()
	for _, id := range []string{"", ".", "..", "../x", "/x", "a/b", "a.part", "A", "a\x00", "ä", "a b"} {
		_, err := store.Create(ctx, id)
		require.Error(t, err, "Create %q", id)
		_, err = store.Put(ctx, id, nil)
		require.Error(t, err, "Put %q", id)
		_, err = store.Resume(ctx, id, 0, nil)
		require.Error(t, err, "Resume %q", id)
		_, err = store.Open(ctx, id)
		require.Error(t, err, "Open %q", id)
		_, err = store.Publish(ctx, id)
		require.Error(t, err, "Publish %q", id)
		require.Error(t, store.Discard(ctx, id), "Discard %q", id)
		_, err = store.SetAside(ctx, id)
		require.Error(t, err, "SetAside %q", id)
	}
	for _, ids := range lists(ctx, store) {
		require.Empty(t, collect(t, ids))
	}
}

func lists(ctx context.Context, store core.Store) []iter.Seq2[string, error] {
	return []iter.Seq2[string, error]{store.Parts(ctx), store.Blobs(ctx)}
}

func collect(t *testing.T, ids iter.Seq2[string, error]) []string {
	t.Helper()
	var found []string
	for id, err := range ids {
		require.NoError(t, err)
		found = append(found, id)
	}
	return found
}
