package storetest

import (
	"errors"
	"io"
	"iter"
	"sort"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// put stores a content at once and returns the identifier of its blob.
func put(t *testing.T, store core.Store, content string) string {
	t.Helper()
	id := newID()
	blobID, err := store.Put(t.Context(), id, [][]byte{[]byte(content)})
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(blobID, id), "%s does not begin with %s", blobID, id)
	return blobID
}

// publish publishes a part as a blob and returns its identifier.
func publish(t *testing.T, store core.Store, content string) string {
	t.Helper()
	return publishAs(t, store, newID(), content)
}

// publishAs does the same for an upload of that identifier.
func publishAs(t *testing.T, store core.Store, id, content string) string {
	t.Helper()
	putPart(t, store, id, content)
	return publishPart(t, store, id)
}

// publishPart publishes a part that has ended, and returns the blob's identifier.
func publishPart(t *testing.T, store core.Store, id string) string {
	t.Helper()
	blobID, err := store.Publish(t.Context(), id)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(blobID, id), "%s does not begin with %s", blobID, id)
	return blobID
}

// putPart leaves a synced and closed part.
func putPart(t *testing.T, store core.Store, id, content string) {
	t.Helper()
	part, err := store.Create(t.Context(), id)
	require.NoError(t, err)
	appendTo(t, part, content)
	finish(t, part)
}

// finish ends, syncs and closes a part.
func finish(t *testing.T, part core.Part) {
	t.Helper()
	require.NoError(t, part.End())
	require.NoError(t, part.Sync())
	require.NoError(t, part.Close())
}

// grainOf returns the number of bytes that become durable together.
func grainOf(t *testing.T, part core.Part) int {
	t.Helper()
	for grain := int64(1); grain <= 16<<20; grain++ {
		if part.Durable(grain) == grain {
			return int(grain)
		}
	}
	require.Fail(t, "nothing becomes durable before the end")
	return 0
}

// grains returns a text in which each character stands for a grain.
func grains(t *testing.T, store core.Store, text string) string {
	t.Helper()
	part, err := store.Create(t.Context(), newID())
	require.NoError(t, err)
	grain := grainOf(t, part)
	require.NoError(t, part.Close())
	var long strings.Builder
	for i := range len(text) {
		long.WriteString(strings.Repeat(text[i:i+1], grain))
	}
	return long.String()
}

func appendTo(t *testing.T, part core.Part, segments ...string) {
	t.Helper()
	bytes := make([][]byte, len(segments))
	for i, segment := range segments {
		bytes[i] = []byte(segment)
	}
	require.NoError(t, part.Append(bytes))
}

// requireBlob checks the content of a blob.
func requireBlob(t *testing.T, store core.Store, id, want string) {
	t.Helper()
	blob, err := store.Open(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, int64(len(want)), blob.Size())
	require.Equal(t, want, readAll(t, blob))
	require.NoError(t, blob.Close())
}

func requireNoBlob(t *testing.T, store core.Store, id string) {
	t.Helper()
	_, err := store.Open(t.Context(), id)
	require.ErrorIs(t, err, core.ErrNotFound)
	requireNone(t, store.Blobs(t.Context()), id)
}

func requireNoPart(t *testing.T, store core.Store, id string) {
	t.Helper()
	requireNone(t, store.Parts(t.Context()), id)
}

// requireNone checks that none of ids begins with id.
func requireNone(t *testing.T, ids iter.Seq2[string, error], id string) {
	t.Helper()
	for _, found := range collect(t, ids) {
		require.False(t, strings.HasPrefix(found, id), "%s is listed", found)
	}
}

// requirePart checks what was appended to a part, from the first byte on that the
// store can read.
func requirePart(t *testing.T, part core.Part, want string) {
	t.Helper()
	readable := sort.Search(len(want), func(at int) bool {
		_, err := part.ReadAt(make([]byte, 1), int64(at))
		return !errors.Is(err, core.ErrUnreadable)
	})
	got, err := io.ReadAll(io.NewSectionReader(part, int64(readable), 1<<30))
	require.NoError(t, err)
	require.True(t, want[readable:] == string(got), "the %d bytes from %d on are others", len(got), readable) //nolint:testifylint // a diff would be as long as they are
}

func readAll(t *testing.T, from io.ReaderAt) string {
	t.Helper()
	content, err := io.ReadAll(io.NewSectionReader(from, 0, 1<<30))
	require.NoError(t, err)
	return string(content)
}

func closeAtEnd(t *testing.T, c io.Closer) {
	t.Helper()
	t.Cleanup(func() { require.NoError(t, c.Close()) })
}
