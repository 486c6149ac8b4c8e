package disk

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// reopen opens the store anew, as after a crash.
func reopen(t *testing.T, store *Store) *Store {
	t.Helper()
	again, err := Open(store.root.Name())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, again.Close()) })
	return again
}

// blocksOf is how many blocks a pack takes on the disk.
func blocksOf(t *testing.T, store *Store, number uint64) int64 {
	t.Helper()
	info, err := store.root.Stat(packName(number))
	require.NoError(t, err)
	return diskUsage(t, info) / blockSize
}

// What a group that was torn by a power cut left is given back at the next start:
// blocks without a header before and behind its last whole record, and the room
// that was reserved.
func TestATornGroupIsGivenBack(t *testing.T) {
	store, p := testPacker(t)
	ids := mustServe(t, p, "kept", "one", "two", "three")
	require.Greater(t, blocksOf(t, store, p.pack.number), int64(reserveStep/blockSize)-1)
	_, one, _ := packedAt(ids[1])
	_, three, _ := packedAt(ids[3])
	for _, at := range []location{one, three} {
		_, err := p.pack.file.WriteAt(randomContent(blockSize), at.offset)
		require.NoError(t, err)
	}
	_, err := p.pack.file.WriteAt(randomContent(3*blockSize), three.offset+5*blockSize)
	require.NoError(t, err)

	again := reopen(t, store)
	require.ElementsMatch(t, []string{ids[0], ids[2]}, blobsIn(t, again))
	requirePacked(t, again, ids[0], "kept")
	require.Equal(t, int64(2+2), blocksOf(t, again, one.pack), "the header and two records")
	for _, id := range []string{ids[0], ids[2]} {
		require.NoError(t, again.Discard(t.Context(), id))
	}
	_, err = again.root.Stat(packName(one.pack))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// In a pack that was ended, what is no record is a record that was damaged later.
func TestAnEndedPackIsLeftAsItIs(t *testing.T) {
	store, p := testPacker(t)
	ids := mustServe(t, p, "one", strings.Repeat("x", 5000), "three")
	require.NoError(t, p.endPack())
	_, at, _ := packedAt(ids[1])
	flip(t, store, at.pack, at.offset)
	before, err := store.root.ReadFile(packName(at.pack))
	require.NoError(t, err)
	again := reopen(t, store)
	after, err := again.root.ReadFile(packName(at.pack))
	require.NoError(t, err)
	require.Equal(t, before, after)
}

func TestAStartGoesOnBehindTheLastPack(t *testing.T) {
	store, p := testPacker(t)
	first := mustServe(t, p, "first")
	again := reopen(t, store)
	id, err := again.Put(t.Context(), "next", [][]byte{[]byte("next")})
	require.NoError(t, err)
	_, before, _ := packedAt(first[0])
	_, at, _ := packedAt(id)
	require.Equal(t, before.pack+1, at.pack)
	requirePacked(t, again, first[0], "first")
	requirePacked(t, again, id, "next")
}

// A crash right after a pack was made, at any byte of its header.
func TestAPackThatWasNeverBegunIsRemoved(t *testing.T) {
	store := testStore(t)
	header := encodePackHeader(7, newSalt())
	for _, size := range []int{0, 1, packHeaderLen, blockSize, len(header)} {
		require.NoError(t, store.root.WriteFile(packName(7), header[:size], fileMode))
		again := reopen(t, store)
		_, err := again.root.Stat(packName(7))
		require.ErrorIs(t, err, os.ErrNotExist, "%d bytes", size)
	}
}
