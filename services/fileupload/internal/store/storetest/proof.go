package storetest

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// maxProof is the most that a checkpoint keeps.
const maxProof = 512

var proofContracts = []contract{
	{"a part resumes only with the proof of its bytes", resumeNeedsTheProof},
	{"a proof tells other bytes of the same length", proofTellsBytes},
	{"a part begins anew from nothing and leaves what is there", beginsAnew},
	{"a blob that was taken back stays", takingBackLeavesBlob},
}

var proofless = []contract{
	{"a part needs no proof", needsNoProof},
	{"what is not there cannot be resumed", resumeNeedsAPart},
	{"a blob that was taken back is a part alone", takingBackMoves},
}

func resumeNeedsTheProof(t *testing.T, open Opener) {
	store, id, other := open(t), newID(), newID()
	content := grains(t, store, "proven")
	proof := putPartWithProof(t, store, id, content, len(content))
	require.NotEmpty(t, proof)
	require.LessOrEqual(t, len(proof), maxProof)
	altered := bytes.Clone(proof)
	altered[len(altered)-1] ^= 1
	for name, wrong := range map[string][]byte{
		"none": nil, "an altered one": altered,
		"another part's": putPartWithProof(t, store, other, content, len(content)),
	} {
		_, err := store.Resume(t.Context(), id, int64(len(content)), wrong)
		require.ErrorIs(t, err, core.ErrNotFound, name)
	}
	requireBlob(t, store, resumeAndFinish(t, store, id, int64(len(content)), proof), content+"+new")
}

// A part that was cut back and has grown again has not the bytes it had.
func proofTellsBytes(t *testing.T, open Opener) {
	store, id := open(t), newID()
	content, others := grains(t, store, "abc"), grains(t, store, "axy")
	first := len(content) / 3
	part, err := store.Create(t.Context(), id)
	require.NoError(t, err)
	appendTo(t, part, content)
	require.NoError(t, part.Sync())
	kept, proof := part.Proof(int64(first)), part.Proof(int64(len(content)))
	require.NoError(t, part.Close())

	part, err = store.Resume(t.Context(), id, int64(first), kept)
	require.NoError(t, err)
	appendTo(t, part, others[first:])
	require.NoError(t, part.Sync())
	require.NoError(t, part.Close())
	_, err = store.Resume(t.Context(), id, int64(len(content)), proof)
	require.ErrorIs(t, err, core.ErrNotFound)
}

// A stale writer may begin anew while another one has gone on, so that it must take
// nothing away.
func beginsAnew(t *testing.T, open Opener) {
	store, id := open(t), newID()
	requireBlob(t, store, resumeAndFinish(t, store, newID(), 0, nil), "+new")

	content := grains(t, store, "content")
	proof := putPartWithProof(t, store, id, content, len(content))
	stale, err := open(t).Resume(t.Context(), id, 0, nil)
	require.NoError(t, err)
	appendTo(t, stale, "stale")
	require.NoError(t, stale.Close())
	requireBlob(t, store, resumeAndFinish(t, store, id, int64(len(content)), proof), content+"+new")
}

func takingBackLeavesBlob(t *testing.T, open Opener) {
	store, id := open(t), newID()
	content := grains(t, store, "published")
	proof := putPartWithProof(t, store, id, content, len(content))
	blobID := publishPart(t, store, id)
	again := resumeAndFinish(t, store, id, int64(len(content)), proof)
	require.NotEqual(t, blobID, again)
	requireBlob(t, store, blobID, content)
	requireBlob(t, store, again, content+"+new")
	require.NoError(t, store.Discard(t.Context(), blobID))
	requireNoBlob(t, store, blobID)
	requireBlob(t, store, again, content+"+new")
}

func resumeNeedsAPart(t *testing.T, open Opener) {
	_, err := open(t).Resume(t.Context(), newID(), 0, nil)
	require.ErrorIs(t, err, core.ErrNotFound)
}

func takingBackMoves(t *testing.T, open Opener) {
	store, id := open(t), newID()
	content := grains(t, store, "published")
	blobID := publishAs(t, store, id, content)
	part, err := store.Resume(t.Context(), id, int64(len(content)/9*7), nil)
	require.NoError(t, err)
	require.NoError(t, part.Close())
	requireNoBlob(t, store, blobID)
}

func needsNoProof(t *testing.T, open Opener) {
	store := open(t)
	content := grains(t, store, "content")
	require.Empty(t, putPartWithProof(t, store, newID(), content, len(content)))
}
