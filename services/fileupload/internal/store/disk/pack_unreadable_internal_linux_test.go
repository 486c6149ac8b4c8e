package disk

import (
	"io"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// badBlocks is a file of which the device can't read some blocks.
type badBlocks struct {
	io.ReaderAt
	bad []int64
}

func (b badBlocks) ReadAt(p []byte, offset int64) (int, error) {
	for _, at := range b.bad {
		if offset < at+blockSize && at < offset+int64(len(p)) {
			return 0, &os.PathError{Op: "read", Path: "pack", Err: syscall.EIO}
		}
	}
	return b.ReaderAt.ReadAt(p, offset)
}

// wearOut makes blocks of all packs of a store unreadable.
func wearOut(store *Store, blocks ...int64) {
	store.packs.reader = func(file *os.File) io.ReaderAt { return badBlocks{file, blocks} }
}

func TestOneReadableHeaderOfAPackIsEnough(t *testing.T) {
	for _, bad := range []int64{0, blockSize} {
		store, p := testPacker(t)
		ids := mustServe(t, p, "content")
		wearOut(store, bad)
		requirePacked(t, store, ids[0], "content")
		require.Equal(t, ids, blobsIn(t, store))
	}
}

func TestAPackWithoutAReadableHeaderHarmsNoOther(t *testing.T) {
	store, p := testPacker(t)
	ids := mustServe(t, p, "content")
	wearOut(store, 0, blockSize)
	_, err := store.Open(t.Context(), ids[0])
	require.ErrorIs(t, err, core.ErrDamaged)
	require.Empty(t, blobsIn(t, store))
	_, err = store.packs.settle(t.Context())
	require.NoError(t, err, "it keeps no service from starting")
}

// A record that can't be read is damaged; the walk goes on behind it, and the next
// start leaves it where it is, also as the last one.
func TestARecordThatCannotBeReadHarmsNoOther(t *testing.T) {
	for damaged := range 3 {
		store, p := testPacker(t)
		contents := []string{"one", string(randomContent(9000)), "three"}
		ids := mustServe(t, p, contents...)
		_, at, _ := packedAt(ids[damaged])
		wearOut(store, at.offset)
		_, err := store.Open(t.Context(), ids[damaged])
		require.ErrorIs(t, err, core.ErrDamaged)
		others := append(append([]string{}, ids[:damaged]...), ids[damaged+1:]...)
		require.ElementsMatch(t, others, blobsIn(t, store))

		_, err = store.packs.settle(t.Context())
		require.NoError(t, err)
		store.packs.reader = nil
		for i, id := range ids {
			requirePacked(t, store, id, contents[i])
		}
	}
}

// Content that can't be read is damaged like a header.
func TestContentThatCannotBeReadIsDamaged(t *testing.T) {
	store, p := testPacker(t)
	ids := mustServe(t, p, string(randomContent(9000)))
	_, at, _ := packedAt(ids[0])
	wearOut(store, at.offset+blockSize)
	_, err := store.Open(t.Context(), ids[0])
	require.ErrorIs(t, err, core.ErrDamaged)
	require.NoError(t, store.Discard(t.Context(), ids[0]))
	require.Empty(t, blobsIn(t, store))
}

// Other failures of reading are no damage.
func TestAFailedReadIsNoDamage(t *testing.T) {
	store, p := testPacker(t)
	ids := mustServe(t, p, "content")
	closed, err := os.Open(os.DevNull)
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	store.packs.reader = func(*os.File) io.ReaderAt { return closed }
	_, err = store.Open(t.Context(), ids[0])
	require.ErrorIs(t, err, os.ErrClosed)
	require.NotErrorIs(t, err, core.ErrDamaged)
}
