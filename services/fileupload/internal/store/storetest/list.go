package storetest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var listContracts = []contract{
	{"a new store has no identifiers", listsNothing},
	{"identifiers are those of parts and blobs", listsPartsAndBlobs},
	{"a list can be left", listCanBeLeft},
	{"a list ends with its context", listHeedsContext},
	{"an identifier is never a path", refusesPaths},
}

func listsNothing(t *testing.T, open Opener) {
	require.Empty(t, collectIDs(t, open(t)))
}

func listsPartsAndBlobs(t *testing.T, open Opener) {
	store := open(t)
	var want []string
	for range 300 {
		want = append(want, newID())
		part, err := store.Create(t.Context(), want[len(want)-1])
		require.NoError(t, err)
		require.NoError(t, part.Close())
	}
	for _, id := range want[:20] {
		require.NoError(t, store.Publish(t.Context(), id))
	}
	require.NoError(t, store.Discard(t.Context(), want[0]))
	require.NoError(t, store.Discard(t.Context(), want[299]))
	require.ElementsMatch(t, want[1:299], collectIDs(t, store))
	require.ElementsMatch(t, want[1:299], collectIDs(t, open(t)))
}

func listCanBeLeft(t *testing.T, open Opener) {
	store := open(t)
	put(t, store, "one")
	put(t, store, "two")
	seen := 0
	for _, err := range store.IDs(t.Context()) {
		require.NoError(t, err)
		seen++
		break
	}
	require.Equal(t, 1, seen)
}

func listHeedsContext(t *testing.T, open Opener) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var errs []error
	for _, err := range open(t).IDs(ctx) {
		errs = append(errs, err)
	}
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], context.Canceled)
}

func refusesPaths(t *testing.T, open Opener) {
	store, ctx := open(t), t.Context()
	for _, id := range []string{"", ".", "..", "../x", "/x", "a/b", "a.part", "A", "a\x00", "ä", "a b"} {
		_, err := store.Create(ctx, id)
		require.Error(t, err, "Create %q", id)
		_, err = store.Resume(ctx, id, 0)
		require.Error(t, err, "Resume %q", id)
		_, err = store.Open(ctx, id)
		require.Error(t, err, "Open %q", id)
		require.Error(t, store.Publish(ctx, id), "Publish %q", id)
		require.Error(t, store.Discard(ctx, id), "Discard %q", id)
		require.Error(t, store.Copy(ctx, id, newID()), "Copy from %q", id)
		require.Error(t, store.Copy(ctx, newID(), id), "Copy to %q", id)
	}
	require.Empty(t, collectIDs(t, store))
}

func collectIDs(t *testing.T, store core.Store) []string {
	t.Helper()
	var ids []string
	for id, err := range store.IDs(t.Context()) {
		require.NoError(t, err)
		ids = append(ids, id)
	}
	return ids
}
