package disk

import (
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
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

// A power cut leaves the room that was reserved, and blocks of a group that was not
// synced. The room is given back at the next start; the blocks may be records whose
// headers were damaged, and stay.
func TestAStartGivesRoomBackAndNothingElse(t *testing.T) {
	store, p := testPacker(t)
	ids := mustServe(t, p, "kept", "one", "two", "three")
	require.Greater(t, blocksOf(t, store, p.pack.number), int64(reserveStep/blockSize)-1)
	_, one, _ := packedAt(ids[1])
	_, three, _ := packedAt(ids[3])
	torn := randomContent(blockSize)
	behind := three.offset + 5*blockSize
	for _, at := range []int64{one.offset, three.offset, behind} {
		_, err := p.pack.file.WriteAt(torn, at)
		require.NoError(t, err)
	}

	again := reopen(t, store)
	require.ElementsMatch(t, []string{ids[0], ids[2]}, blobsIn(t, again))
	requirePacked(t, again, ids[0], "kept")
	left, err := again.root.ReadFile(packName(one.pack))
	require.NoError(t, err)
	require.Len(t, left, int(behind+blockSize))
	for _, at := range []int64{one.offset, three.offset, behind} {
		require.Equal(t, torn, left[at:at+blockSize])
	}
	require.LessOrEqual(t, blocksOf(t, again, one.pack), int64(2+4+5+1))
}

// A crash that left nothing but whole records costs no room.
func TestAStartCutsAWholePackToItsRecords(t *testing.T) {
	store, p := testPacker(t)
	ids := mustServe(t, p, "one", strings.Repeat("x", 5000))
	again := reopen(t, store)
	require.ElementsMatch(t, ids, blobsIn(t, again))
	require.Equal(t, int64(2+1+2), blocksOf(t, again, p.pack.number), "the header and the records")
}

// Whether it was ended or left by a crash: a record of the newest pack whose header
// rotted is still there after any number of starts, also as the last one.
func TestAStartLeavesRecordsWithDamagedHeaders(t *testing.T) {
	for _, ended := range []bool{true, false} {
		for damaged := range 3 {
			t.Run(fmt.Sprintf("ended %t, record %d", ended, damaged), func(t *testing.T) {
				store, p := testPacker(t)
				ids := mustServe(t, p, "one", strings.Repeat("x", 5000), "three")
				if ended {
					require.NoError(t, p.endPack())
				}
				_, at, _ := packedAt(ids[damaged])
				flip(t, store, at.pack, at.offset)
				for range 3 {
					again, err := Open(store.root.Name())
					require.NoError(t, err)
					_, err = again.Open(t.Context(), ids[damaged])
					require.ErrorIs(t, err, core.ErrDamaged)
					require.NoError(t, again.Close())
				}
				flip(t, store, at.pack, at.offset)
				requirePacked(t, store, ids[1], strings.Repeat("x", 5000))
				requirePacked(t, store, ids[damaged], []string{"one", strings.Repeat("x", 5000), "three"}[damaged])
			})
		}
	}
}

// A pack that was ended is not touched at all, not even by a crash's next start.
func TestAnEndedPackIsLeftAsItIs(t *testing.T) {
	store, p := testPacker(t)
	ids := mustServe(t, p, "one", "two")
	require.NoError(t, p.endPack())
	_, at, _ := packedAt(ids[1])
	flip(t, store, at.pack, at.offset)
	file, err := store.root.OpenFile(packName(at.pack), os.O_RDWR, 0)
	require.NoError(t, err)
	require.NoError(t, file.Truncate(at.offset+9*blockSize))
	require.NoError(t, file.Close())
	before, err := store.root.ReadFile(packName(at.pack))
	require.NoError(t, err)
	again := reopen(t, store)
	after, err := again.root.ReadFile(packName(at.pack))
	require.NoError(t, err)
	require.Equal(t, before, after)
}

// The last record may be of a version to come.
func TestAStartLeavesRecordsOfAnotherVersion(t *testing.T) {
	store, p := testPacker(t)
	ids := mustServe(t, p, "one", "two")
	_, at, _ := packedAt(ids[1])
	h := record{id: "id-1", at: at.offset, size: 3}.appendTo(nil, p.pack.salt)
	h[4]++
	sum := headerSum(h[:recordHeaderLen-4], p.pack.salt, at.offset)
	binary.LittleEndian.PutUint32(h[recordHeaderLen-4:], sum)
	_, err := p.pack.file.WriteAt(h, at.offset)
	require.NoError(t, err)
	again := reopen(t, store)
	left, err := again.root.ReadFile(packName(at.pack))
	require.NoError(t, err)
	require.Equal(t, h, left[at.offset:][:recordHeaderLen])
	require.Equal(t, "two", string(left[at.offset+recordHeaderLen:][:3]))
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
