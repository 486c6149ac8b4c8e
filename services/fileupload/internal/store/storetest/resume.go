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
	{"an uncommitted blob is taken back", resumeTakesBlobBack},
}

func resumesAndDrops(t *testing.T, open Opener) {
	for _, size := range []int{0, 4, 10} {
		store, id := open(t), newID()
		content := grains(t, store, "0123456789")
		kept := content[:len(content)/10*size]
		proof := putPartWithProof(t, store, id, content+"behind", len(kept))
		requireBlob(t, store, resumeAndFinish(t, store, id, int64(len(kept)), proof), kept+"+new")
	}
}

func resumesAfterReopening(t *testing.T, open Opener) {
	id := newID()
	content := grains(t, open(t), "before and behind")
	kept := content[:len(content)/17*6]
	proof := putPartWithProof(t, open(t), id, content, len(kept))
	store := open(t)
	requireBlob(t, store, resumeAndFinish(t, store, id, int64(len(kept)), proof), kept+"+new")
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
	proof := part.Proof(durable)
	require.NoError(t, part.Close())

	part, err = open(t).Resume(t.Context(), id, durable, proof)
	require.NoError(t, err)
	requirePart(t, part, content[:durable])
	appendTo(t, part, "+new")
	requirePart(t, part, content[:durable]+"+new")
	finish(t, part)
	requireBlob(t, store, publishPart(t, store, id), content[:durable]+"+new")
}

func resumeNeedsTheBytes(t *testing.T, open Opener) {
	store, id := open(t), newID()
	content := grains(t, store, "short")
	proof := putPartWithProof(t, store, id, content, len(content))
	_, err := store.Resume(t.Context(), id, int64(len(content)/5*6), proof)
	require.ErrorIs(t, err, core.ErrNotFound)
}

func resumeTakesBlobBack(t *testing.T, open Opener) {
	store, id := open(t), newID()
	content := grains(t, store, "published")
	kept := content[:len(content)/9*7]
	proof := putPartWithProof(t, store, id, content, len(kept))
	publishPart(t, store, id)
	part, err := store.Resume(t.Context(), id, int64(len(kept)), proof)
	require.NoError(t, err)
	requirePart(t, part, kept)
	proof = part.Proof(int64(len(kept)))
	require.NoError(t, part.Close())

	store = open(t)
	requireBlob(t, store, resumeAndFinish(t, store, id, int64(len(kept)), proof), kept+"+new")
}

// putPartWithProof leaves a synced and closed part, and returns the proof of its
// first bytes, taken as a checkpoint takes it.
func putPartWithProof(t *testing.T, store core.Store, id, content string, size int) []byte {
	t.Helper()
	part, err := store.Create(t.Context(), id)
	require.NoError(t, err)
	appendTo(t, part, content[:size])
	require.NoError(t, part.Sync())
	proof := part.Proof(int64(size))
	appendTo(t, part, content[size:])
	finish(t, part)
	return proof
}

// resumeAndFinish resumes a part, appends "+new", publishes it, and returns the
// blob's identifier.
func resumeAndFinish(t *testing.T, store core.Store, id string, size int64, proof []byte) string {
	t.Helper()
	part, err := store.Resume(t.Context(), id, size, proof)
	require.NoError(t, err)
	appendTo(t, part, "+new")
	finish(t, part)
	return publishPart(t, store, id)
}
