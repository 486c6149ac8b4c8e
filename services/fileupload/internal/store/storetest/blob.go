package storetest

import (
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var blobContracts = []contract{
	{"a published part is a blob and no part", publishMoves},
	{"an empty part can be published", publishesEmpty},
	{"what is not there cannot be published", publishNeedsAPart},
	{"a blob is there after the store was opened anew", blobSurvives},
	{"a blob is read at any place by many", blobReadsAnywhere},
	{"what is not there cannot be opened", openNeedsABlob},
	{"a discarded part is gone", discardsPart},
	{"a discarded blob is gone", discardsBlob},
	{"a published upload is discarded by its own identifier", discardsUpload},
	{"discarding what is not there is no error", discardIsIdempotent},
}

func publishMoves(t *testing.T, open Opener) {
	store, id := open(t), newID()
	blobID := publishAs(t, store, id, "content")
	requireBlob(t, store, blobID, "content")
	part, err := store.Create(t.Context(), id)
	require.NoError(t, err, "the part is gone, so its name is free")
	require.NoError(t, part.Close())
	requireBlob(t, store, blobID, "content")
}

func publishesEmpty(t *testing.T, open Opener) {
	store := open(t)
	requireBlob(t, store, publish(t, store, ""), "")
}

func publishNeedsAPart(t *testing.T, open Opener) {
	_, err := open(t).Publish(t.Context(), newID())
	require.ErrorIs(t, err, core.ErrNotFound)
}

func blobSurvives(t *testing.T, open Opener) {
	id := publish(t, open(t), "content")
	requireBlob(t, open(t), id, "content")
}

func blobReadsAnywhere(t *testing.T, open Opener) {
	store := open(t)
	blob, err := store.Open(t.Context(), publish(t, store, "0123456789"))
	require.NoError(t, err)
	closeAtEnd(t, blob)
	var group errgroup.Group
	for offset := range int64(10) {
		group.Go(func() error {
			b := make([]byte, 1)
			if _, err := blob.ReadAt(b, offset); err != nil {
				return err
			}
			if want := byte('0' + offset); b[0] != want {
				return fmt.Errorf("at %d is %q instead of %q", offset, b[0], want)
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
	_, err = blob.ReadAt(make([]byte, 1), 10)
	require.ErrorIs(t, err, io.EOF)
}

func openNeedsABlob(t *testing.T, open Opener) {
	requireNoBlob(t, open(t), newID())
}

func discardsPart(t *testing.T, open Opener) {
	store, id := open(t), newID()
	putPart(t, store, id, "unwanted")
	require.NoError(t, store.Discard(t.Context(), id))
	requireNoPart(t, store, id)
}

func discardsBlob(t *testing.T, open Opener) {
	store := open(t)
	id := publish(t, store, "unwanted")
	require.NoError(t, store.Discard(t.Context(), id))
	requireNoBlob(t, store, id)
	requireNoPart(t, store, id)
}

func discardsUpload(t *testing.T, open Opener) {
	store, id := open(t), newID()
	other := publish(t, store, "wanted")
	blobID := publishAs(t, store, id, "unwanted")
	require.NoError(t, store.Discard(t.Context(), id))
	requireNoBlob(t, store, blobID)
	requireNoBlob(t, store, id)
	requireNoPart(t, store, id)
	requireBlob(t, store, other, "wanted")
}

func discardIsIdempotent(t *testing.T, open Opener) {
	require.NoError(t, open(t).Discard(t.Context(), newID()))
}
