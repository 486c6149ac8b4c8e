package disk

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

const chunkBytes = 1 << 20

// appendUpTo appends zeros until the part has size bytes.
func appendUpTo(t *testing.T, p *part, size int64) {
	t.Helper()
	chunk := make([]byte, chunkBytes)
	for p.offset < size {
		require.NoError(t, p.Append([][]byte{chunk[:min(chunkBytes, size-p.offset)]}))
	}
}

// allocated is the room that the part has on its file system.
func allocated(t *testing.T, p *part) int64 {
	t.Helper()
	var info unix.Stat_t
	require.NoError(t, unix.Fstat(int(p.file.Fd()), &info))
	return info.Blocks * 512
}

func TestALargePartHasRoomBehindItsEndUntilItEnds(t *testing.T) {
	for name, end := range map[string]func(p *part) error{
		"ended": func(p *part) error { return p.End() },
		// A stream was cut: its upload may wait for long.
		"cut": func(p *part) error { return p.room.trim(p.file, p.offset) },
	} {
		t.Run(name, func(t *testing.T) {
			const size = 20<<20 + 123
			p := testPart(t, testStore(t), "a")
			appendUpTo(t, p, size)
			info, err := p.file.Stat()
			require.NoError(t, err)
			require.EqualValues(t, size, info.Size(), "the room is no content")
			require.Greater(t, allocated(t, p), int64(30<<20))
			require.LessOrEqual(t, allocated(t, p), int64(2*size), "at most doubled")

			require.NoError(t, end(p))
			require.NoError(t, p.Sync())
			require.Less(t, allocated(t, p), int64(size+1<<20))
			require.NoError(t, p.Close())
		})
	}
}

func TestRoomThatACrashLeftIsGivenBack(t *testing.T) {
	store := testStore(t)
	p := testPart(t, store, "a")
	appendUpTo(t, p, 20<<20)
	require.NoError(t, p.Sync())
	require.NoError(t, p.file.Close(), "as a crash leaves it")

	resumed, err := store.Resume(t.Context(), "a", 20<<20, nil)
	require.NoError(t, err)
	p = resumed.(*part)
	require.Greater(t, allocated(t, p), int64(30<<20))
	require.NoError(t, p.End())
	require.NoError(t, p.Sync())
	require.Less(t, allocated(t, p), int64(21<<20))
	require.NoError(t, p.Close())
}

// The last room of a disk is there for those who need it: the catalog, for one.
func TestNothingIsReservedOnANearlyFullDisk(t *testing.T) {
	dir := testkit.SmallDisk(t, 64<<20)
	store, err := Open(dir)
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	p := testPart(t, store, "a")
	appendUpTo(t, p, 20<<20)
	require.LessOrEqual(t, allocated(t, p), int64(20<<20))
	require.NoError(t, p.Close())

	id, err := store.Put(t.Context(), "b", [][]byte{[]byte("content")})
	require.NoError(t, err)
	_, at, ok := packedAt(id)
	require.True(t, ok)
	require.EqualValues(t, 3, blocksOf(t, store, at.pack))
}

func TestASmallPartOfTheFreeRoomIsSpare(t *testing.T) {
	for free, want := range map[int64]int64{
		0:                0,
		freeForAll - 1:   0,
		freeForAll:       16 << 20,
		reserveMost * 16: reserveMost,
		1 << 40:          1 << 36,
	} {
		require.Equal(t, want, spare(free), free)
	}
}

func TestADiskWithoutRoomToReserveTakesWhatFits(t *testing.T) {
	store, err := Open(testkit.SmallDisk(t, 24<<20))
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	p := testPart(t, store, "a")
	appendUpTo(t, p, 23<<20)
	require.True(t, p.room.refused)
	require.NoError(t, p.End())
	require.NoError(t, p.Sync())
	require.NoError(t, p.Close())
}

func TestReservationsGrowWithThePart(t *testing.T) {
	const mib = 1 << 20
	for _, test := range []struct{ reserved, offset, end, from, length int64 }{
		{0, 0, mib, 0, 0},
		{0, reserveFrom - 1, reserveFrom + mib, 0, 0},
		{0, reserveFrom, reserveFrom + mib, reserveFrom, reserveFrom},
		{16 * mib, 15 * mib, 16 * mib, 0, 0},
		{16 * mib, 15 * mib, 16*mib + 1, 16 * mib, 15 * mib},
		{0, 1 << 30, 1<<30 + 1, 1 << 30, reserveMost},
	} {
		from, length := nextReservation(test.reserved, test.offset, test.end)
		require.Equal(t, [2]int64{test.from, test.length}, [2]int64{from, length}, "%+v", test)
	}
}
