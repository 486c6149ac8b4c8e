package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var resumeContracts = []contract{
	{"a part resumes after its first bytes and drops the rest", resumesAndDrops},
	{"a part resumes after the store was opened anew", resumesAfterReopening},
	{"a part that has not ended resumes at what is durable", resumesUnended},
	{"a part with too few bytes is not found", resumeNeedsTheBytes},
	{"what is not there cannot be resumed", resumeNeedsAPart},
	{"an uncommitted blob is taken back", resumeTakesBlobBack},
}

func resumesAndDrops(t *testing.T, open Opener) {
	for _, size := range []int{0, 4, 10} {
		store, id := open(t), newID()
		content := grains(t, store, "0123456789")
		putPart(t, store, id, content+"behind")
		kept := content[:len(content)/10*size]
		resumeAndFinish(t, store, id, int64(len(kept)))
		requireBlob(t, store, id, kept+"+new")
	}
}

func resumesAfterReopening(t *testing.T, open Opener) {
	id := newID()
	content := grains(t, open(t), "before and behind")
	putPart(t, open(t), id, content)
	store := open(t)
	kept := content[:len(content)/17*6]
	resumeAndFinish(t, store, id, int64(len(kept)))
	requireBlob(t, store, id, kept+"+new")
}

func resumesUnended(t *testing.T, open Opener) {
	store, id := open(t), newID()
	content := grains(t, store, "012") + "behind"
	part, err := store.Create(t.Context(), id)
	require.NoError(t, err)
	appendTo(t, part, content)
	require.NoError(t, part.Sync())
	durable := part.Durable(int64(len(content)))
	require.Equal(t, durable, part.Durable(durable))
	require.LessOrEqual(t, durable, int64(len(content)))
	require.NoError(t, part.Close())

	part, err = open(t).Resume(t.Context(), id, durable)
	require.NoError(t, err)
	require.Equal(t, content[:durable], readAll(t, part))
	appendTo(t, part, "+new")
	require.Equal(t, content[:durable]+"+new", readAll(t, part))
	finish(t, part)
	require.NoError(t, store.Publish(t.Context(), id))
	requireBlob(t, store, id, content[:durable]+"+new")
}

func resumeNeedsTheBytes(t *testing.T, open Opener) {
	store, id := open(t), newID()
	content := grains(t, store, "short")
	putPart(t, store, id, content)
	_, err := store.Resume(t.Context(), id, int64(len(content)/5*6))
	require.ErrorIs(t, err, core.ErrNotFound)
}

func resumeNeedsAPart(t *testing.T, open Opener) {
	requireNoPart(t, open(t), newID())
}

func resumeTakesBlobBack(t *testing.T, open Opener) {
	store := open(t)
	content := grains(t, store, "published")
	id := put(t, store, content)
	kept := content[:len(content)/9*7]
	part, err := store.Resume(t.Context(), id, int64(len(kept)))
	require.NoError(t, err)
	require.Equal(t, kept, readAll(t, part))
	require.NoError(t, part.Close())
	requireNoBlob(t, store, id)

	store = open(t)
	resumeAndFinish(t, store, id, int64(len(kept)))
	requireBlob(t, store, id, kept+"+new")
}

// resumeAndFinish resumes a part, appends "+new", and publishes it.
func resumeAndFinish(t *testing.T, store core.Store, id string, size int64) {
	t.Helper()
	part, err := store.Resume(t.Context(), id, size)
	require.NoError(t, err)
	appendTo(t, part, "+new")
	finish(t, part)
	require.NoError(t, store.Publish(t.Context(), id))
}
