package storetest

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var partContracts = []contract{
	{"a part has what was appended, in order", appendsInOrder},
	{"a part takes any number of segments", takesManySegments},
	{"an append does not keep its segments", doesNotKeepSegments},
	{"a part cannot be created twice", refusesSecondPart},
	{"a part is not a blob", partIsNoBlob},
	{"Sync runs beside Append", syncsBesideAppend},
	{"parts grow side by side", partsAreIndependent},
}

func appendsInOrder(t *testing.T, open Opener) {
	part, err := open(t).Create(t.Context(), newID())
	require.NoError(t, err)
	closeAtEnd(t, part)
	requirePart(t, part, "")

	appendTo(t, part, "one ", "", "two ")
	appendTo(t, part)
	appendTo(t, part, "", "")
	appendTo(t, part, "three")
	requirePart(t, part, "one two three")

	b := make([]byte, 16)
	n, err := part.ReadAt(b, 8)
	require.ErrorIs(t, err, io.EOF)
	require.Equal(t, "three", string(b[:n]))
}

func takesManySegments(t *testing.T, open Opener) {
	for _, count := range []int{1, 64, 1023, 1024, 1025, 4096} {
		part, err := open(t).Create(t.Context(), newID())
		require.NoError(t, err)
		segments := make([]string, count)
		for i := range segments {
			segments[i] = strings.Repeat(string(rune('a'+i%26)), i%7)
		}
		appendTo(t, part, segments...)
		appendTo(t, part, segments...)
		want := strings.Join(segments, "")
		requirePart(t, part, want+want)
		require.NoError(t, part.Close())
	}
}

func doesNotKeepSegments(t *testing.T, open Opener) {
	part, err := open(t).Create(t.Context(), newID())
	require.NoError(t, err)
	closeAtEnd(t, part)
	segments := [][]byte{[]byte("first"), []byte("second")}
	require.NoError(t, part.Append(segments))
	require.Equal(t, [][]byte{[]byte("first"), []byte("second")}, segments, "the caller's segments are only read")
	for _, segment := range segments {
		clear(segment)
	}
	requirePart(t, part, "firstsecond")
}

func refusesSecondPart(t *testing.T, open Opener) {
	store, id := open(t), newID()
	putPart(t, store, id, "kept")
	_, err := store.Create(t.Context(), id)
	require.ErrorIs(t, err, core.ErrExists)
	requireBlob(t, store, publishPart(t, store, id), "kept")
}

func partIsNoBlob(t *testing.T, open Opener) {
	store, id := open(t), newID()
	putPart(t, store, id, "unfinished")
	requireNoBlob(t, store, id)
}

func syncsBesideAppend(t *testing.T, open Opener) {
	store, id := open(t), newID()
	part, err := store.Create(t.Context(), id)
	require.NoError(t, err)
	const rounds = 50
	var group errgroup.Group
	group.Go(func() error {
		for range rounds {
			if err := part.Append([][]byte{[]byte("0123456789")}); err != nil {
				return err
			}
		}
		return nil
	})
	group.Go(func() error {
		for range rounds / 5 {
			if err := part.Sync(); err != nil {
				return err
			}
		}
		return nil
	})
	require.NoError(t, group.Wait())
	finish(t, part)
	requireBlob(t, store, publishPart(t, store, id), strings.Repeat("0123456789", rounds))
}

func partsAreIndependent(t *testing.T, open Opener) {
	store := open(t)
	ids := []string{newID(), newID(), newID(), newID()}
	blobIDs := make([]string, len(ids))
	var group errgroup.Group
	for i, id := range ids {
		group.Go(func() (err error) {
			blobIDs[i], err = upload(t, store, id)
			return err
		})
	}
	require.NoError(t, group.Wait())
	for i, id := range ids {
		requireBlob(t, store, blobIDs[i], strings.Repeat(id, 20))
	}
}

func upload(t *testing.T, store core.Store, id string) (blobID string, err error) {
	part, err := store.Create(t.Context(), id)
	if err != nil {
		return "", err
	}
	for range 20 {
		if err := part.Append([][]byte{[]byte(id)}); err != nil {
			return "", err
		}
	}
	if err := errors.Join(part.End(), part.Sync(), part.Close()); err != nil {
		return "", err
	}
	return store.Publish(t.Context(), id)
}
