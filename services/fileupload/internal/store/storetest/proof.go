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
}

var proofless = []contract{
	{"a part needs no proof", needsNoProof},
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
	resumeAndFinish(t, store, id, int64(len(content)), proof)
	requireBlob(t, store, id, content+"+new")
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

func needsNoProof(t *testing.T, open Opener) {
	store := open(t)
	content := grains(t, store, "content")
	require.Empty(t, putPartWithProof(t, store, newID(), content, len(content)))
}
