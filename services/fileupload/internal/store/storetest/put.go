package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var putContracts = []contract{
	{"what was put is a blob, of any size", putsAnySize},
	{"what was put in any number of segments is one blob", putsSegments},
	{"a put does not keep its segments", putDoesNotKeepSegments},
	{"what was put is there after the store was opened anew", putSurvives},
	{"what was put is no part", putIsNoPart},
	{"many put at once are all there", putsManyAtOnce},
	{"what was put and discarded is gone, and its neighbours are not", discardsPut},
	{"a blob stays readable while it is discarded", blobOutlivesDiscard},
	{"a put that is not wanted any more stores nothing", putHeedsContext},
}

func putsAnySize(t *testing.T, open Opener) {
	store := open(t)
	for _, size := range []int{0, 1, 3000, 3948, 3949, 4096, 4097, 12_000, 65_535, 65_536, 65_537, 1 << 20} {
		content := strings.Repeat("0123456789abcdef", size/16+1)[:size]
		requireBlob(t, store, put(t, store, content), content)
	}
}

func putsSegments(t *testing.T, open Opener) {
	store, content := open(t), [][]byte{}
	for i := range 3000 {
		content = append(content, bytes.Repeat([]byte{'a' + byte(i%26)}, i%7))
	}
	for _, count := range []int{0, 1, 7, 3000} {
		blobID, err := store.Put(t.Context(), newID(), content[:count])
		require.NoError(t, err)
		requireBlob(t, store, blobID, string(bytes.Join(content[:count], nil)))
	}
}

func putDoesNotKeepSegments(t *testing.T, open Opener) {
	store, content := open(t), [][]byte{[]byte("first"), []byte("second")}
	blobID, err := store.Put(t.Context(), newID(), content)
	require.NoError(t, err)
	require.Equal(t, [][]byte{[]byte("first"), []byte("second")}, content, "the caller's segments are only read")
	for _, segment := range content {
		clear(segment)
	}
	requireBlob(t, store, blobID, "firstsecond")
}

func putSurvives(t *testing.T, open Opener) {
	first := put(t, open(t), "first")
	second := put(t, open(t), "second")
	store := open(t)
	requireBlob(t, store, first, "first")
	requireBlob(t, store, second, "second")
	require.ElementsMatch(t, []string{first, second}, collect(t, store.Blobs(t.Context())))
}

func putIsNoPart(t *testing.T, open Opener) {
	store := open(t)
	put(t, store, "content")
	require.Empty(t, collect(t, store.Parts(t.Context())))
}

func putsManyAtOnce(t *testing.T, open Opener) {
	store := open(t)
	var (
		group errgroup.Group
		mu    sync.Mutex
		blobs = map[string]string{}
	)
	for range 16 {
		group.Go(func() error {
			for range 20 {
				id := newID()
				blobID, err := store.Put(t.Context(), id, [][]byte{[]byte(id), []byte(id)})
				if err != nil {
					return err
				}
				mu.Lock()
				blobs[blobID] = id + id
				mu.Unlock()
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
	require.Len(t, blobs, 16*20)
	for blobID, content := range blobs {
		requireBlob(t, store, blobID, content)
	}
}

func discardsPut(t *testing.T, open Opener) {
	store := open(t)
	var blobs []string
	for i := range 30 {
		blobs = append(blobs, put(t, store, fmt.Sprint(i)))
	}
	for i, blobID := range blobs {
		if i%3 == 0 {
			require.NoError(t, store.Discard(t.Context(), blobID))
			require.NoError(t, store.Discard(t.Context(), blobID), "a second time")
		}
	}
	for _, store := range []core.Store{store, open(t)} {
		for i, blobID := range blobs {
			if i%3 == 0 {
				requireNoBlob(t, store, blobID)
			} else {
				requireBlob(t, store, blobID, fmt.Sprint(i))
			}
		}
		require.Len(t, collect(t, store.Blobs(t.Context())), 20)
	}
}

func blobOutlivesDiscard(t *testing.T, open Opener) {
	store := open(t)
	for _, blobID := range []string{put(t, store, "content"), publish(t, store, "content")} {
		blob, err := store.Open(t.Context(), blobID)
		require.NoError(t, err)
		require.NoError(t, store.Discard(t.Context(), blobID))
		require.Equal(t, "content", readAll(t, blob))
		require.NoError(t, blob.Close())
	}
}

func putHeedsContext(t *testing.T, open Opener) {
	store := open(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("not wanted"))
	_, err := store.Put(ctx, newID(), [][]byte{[]byte("content")})
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, collect(t, store.Blobs(t.Context())))
	require.Empty(t, collect(t, store.Parts(t.Context())))
}
