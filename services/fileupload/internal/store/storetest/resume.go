package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var resumeContracts = []contract{
	{"a part resumes after its first bytes and drops the rest", resumesAndDrops},
	{"a part resumes after the store was opened anew", resumesAfterReopening},
	{"a part with too few bytes is not found", resumeNeedsTheBytes},
	{"what is not there cannot be resumed", resumeNeedsAPart},
	{"an uncommitted blob is taken back", resumeTakesBlobBack},
}

func resumesAndDrops(t *testing.T, open Opener) {
	for _, test := range []struct {
		size int64
		want string
	}{
		{0, "+new"}, {4, "0123+new"}, {10, "0123456789+new"},
	} {
		store, id := open(t), newID()
		putPart(t, store, id, "0123456789")
		resumeAndFinish(t, store, id, test.size)
		requireBlob(t, store, id, test.want)
	}
}

func resumesAfterReopening(t *testing.T, open Opener) {
	id := newID()
	putPart(t, open(t), id, "before and behind")
	store := open(t)
	resumeAndFinish(t, store, id, 6)
	requireBlob(t, store, id, "before+new")
}

func resumeNeedsTheBytes(t *testing.T, open Opener) {
	store, id := open(t), newID()
	putPart(t, store, id, "short")
	_, err := store.Resume(t.Context(), id, 6)
	require.ErrorIs(t, err, core.ErrNotFound)
}

func resumeNeedsAPart(t *testing.T, open Opener) {
	requireNoPart(t, open(t), newID())
}

func resumeTakesBlobBack(t *testing.T, open Opener) {
	store := open(t)
	id := put(t, store, "published")
	part, err := store.Resume(t.Context(), id, 7)
	require.NoError(t, err)
	require.Equal(t, "publish", readAll(t, part))
	require.NoError(t, part.Close())
	requireNoBlob(t, store, id)

	store = open(t)
	resumeAndFinish(t, store, id, 7)
	requireBlob(t, store, id, "publish+new")
}

// resumeAndFinish resumes a part, appends "+new", and publishes it.
func resumeAndFinish(t *testing.T, store core.Store, id string, size int64) {
	t.Helper()
	part, err := store.Resume(t.Context(), id, size)
	require.NoError(t, err)
	appendTo(t, part, "+new")
	require.NoError(t, part.Sync())
	require.NoError(t, part.Close())
	require.NoError(t, store.Publish(t.Context(), id))
}
