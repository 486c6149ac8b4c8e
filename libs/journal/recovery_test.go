package journal

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// oldMark is the mark as it was when the journal was opened, as a power cut may
// leave it: nothing tells then what was durable but the frames themselves.
func oldMark(t *testing.T, fsys *memoryFS, j *Journal) {
	t.Helper()
	m := &markFile{id: j.marks.id, buf: make([]byte, 0, markSize)}
	f, err := fsys.OpenFile(markName, os.O_RDWR)
	require.NoError(t, err)
	m.file = f
	require.NoError(t, m.putBoth(0))
}

func TestCutAtEveryByteKeepsTheRecordsBefore(t *testing.T) {
	bothWays(t, testCutAtEveryByteKeepsTheRecordsBefore)
}

func testCutAtEveryByteKeepsTheRecordsBefore(t *testing.T, keys Keys) {
	fsys := sealedFS(keys)
	j, _, err := Open("", Options{MinFreeBytes: -1, fs: fsys, Keys: keys})
	require.NoError(t, err)
	all := appendMany(t, j, 12)
	require.NoError(t, j.Close())
	name := fsys.segmentNames()[0]
	size := len(fsys.files[name].data)

	for _, marked := range []bool{false, true} {
		for n := range size {
			cut := fsys.copy()
			cut.files[name].data = cut.files[name].data[:n]
			acknowledged := all
			if !marked {
				oldMark(t, cut, j)
				acknowledged = before(all, Position(n-segmentHeader))
			}
			recovery := requireTruth(t, cut, all, acknowledged)
			require.Equal(t, marked, len(recovery.Damages) > 0, "cut at %d", n)
			require.Len(t, before(all, Position(n-segmentHeader)), int(recovery.Records), "cut at %d", n)
		}
	}
}

// before returns the records that end at or before a position.
func before(all []written, end Position) []written {
	n := 0
	for n < len(all) && all[n].end <= end {
		n++
	}
	return all[:n]
}

func TestAFlippedByteIsFoundAndCostsOneRecordAtMost(t *testing.T) {
	bothWays(t, testAFlippedByteIsFoundAndCostsOneRecordAtMost)
}

func testAFlippedByteIsFoundAndCostsOneRecordAtMost(t *testing.T, keys Keys) {
	fsys := sealedFS(keys)
	j, _ := openSmall(t, fsys)
	all := appendMany(t, j, 14)
	killed := fsys.copy()
	require.NoError(t, j.Close())
	require.Greater(t, len(fsys.segmentNames()), 2)

	for state, from := range map[string]*memoryFS{"closed": fsys, "killed": killed} {
		for name, inode := range from.files {
			for i := range inode.data {
				if strings.HasSuffix(name, keySuffix) && i%keyStride >= len(inode.data)-keyStride {
					continue // between the copies
				}
				at := fmt.Sprintf("%s: byte %d of %s", state, i, name)
				flipped := from.copy()
				flipped.files[name].data[i] ^= 0x40
				recovery := requireTruth(t, flipped, all, all)
				require.LessOrEqual(t, len(all)-int(recovery.Records), 1, at)
				require.Zero(t, recovery.TornBytes, at)
			}
		}
	}
}

func TestDamageBeforeALaterGroupIsNotTornEvenWithAnOldMark(t *testing.T) {
	bothWays(t, testDamageBeforeALaterGroupIsNotTornEvenWithAnOldMark)
}

func testDamageBeforeALaterGroupIsNotTornEvenWithAnOldMark(t *testing.T, keys Keys) {
	fsys := sealedFS(keys)
	j, _, err := Open("", Options{MinFreeBytes: -1, fs: fsys, Keys: keys})
	require.NoError(t, err)
	var all []written
	for i := range 4 {
		all = append(all, appendDurably(t, j, fmt.Sprintf("a group of its own %d", i)))
	}
	require.NoError(t, j.Close())
	oldMark(t, fsys, j)
	inode := fsys.files[segmentName(0)]
	for i := segmentHeader; i < len(inode.data); i++ {
		flipped := fsys.copy()
		flipped.files[segmentName(0)].data[i] ^= 1
		last := Position(i-segmentHeader) >= all[3].start
		recovery := requireTruth(t, flipped, all, all[:3])
		require.Equal(t, last, recovery.TornBytes > 0, "byte %d", i)
		require.Equal(t, last, len(recovery.Damages) == 0, "byte %d", i)
		require.EqualValues(t, 3, recovery.Records, "byte %d", i)
	}
}

func TestDamageIsCopiedBeforeItIsTrimmed(t *testing.T) {
	bothWays(t, testDamageIsCopiedBeforeItIsTrimmed)
}

func testDamageIsCopiedBeforeItIsTrimmed(t *testing.T, keys Keys) {
	fsys := sealedFS(keys)
	j, _ := openSmall(t, fsys)
	all := appendMany(t, j, 20)
	require.NoError(t, j.Close())
	bad := all[1]
	inode := fsys.files[segmentName(0)]
	place := segmentHeader + int(bad.start)
	inode.data[place+frameHeader] ^= 1
	broken := append([]byte(nil), inode.data[place:place+int(bad.end-bad.start)]...)

	j, recovery := openSmall(t, fsys)
	require.Equal(t, []Damage{{From: bad.start, To: bad.end, File: fmt.Sprintf("damaged/%020d-%020d", bad.start, bad.end)}}, recovery.Damages)
	require.NoError(t, j.Trim(j.Durable()))
	require.Equal(t, broken, fsys.files[recovery.Damages[0].File].data)
	require.NoError(t, j.Close())

	j, recovery = openSmall(t, fsys)
	require.Empty(t, recovery.Damages, "the segment is gone")
	require.NoError(t, j.Close())
}

func TestAMissingSegmentIsReported(t *testing.T) { bothWays(t, testAMissingSegmentIsReported) }

func testAMissingSegmentIsReported(t *testing.T, keys Keys) {
	fsys := sealedFS(keys)
	j, _ := openSmall(t, fsys)
	all := appendMany(t, j, 20)
	require.NoError(t, j.Close())
	names := fsys.segmentNames()
	for _, name := range names[1:] {
		lost := fsys.copy()
		require.NoError(t, lost.Remove(name))
		recovery := requireTruth(t, lost, all, all)
		require.NotEmpty(t, recovery.Damages)
	}
}

func TestPositionsAreNeverGivenOutTwice(t *testing.T) {
	bothWays(t, testPositionsAreNeverGivenOutTwice)
}

func testPositionsAreNeverGivenOutTwice(t *testing.T, keys Keys) {
	t.Run("when the whole folder was lost", func(t *testing.T) {
		opts := small(sealedFS(keys))
		opts.Applied = 1000
		j, recovery, err := Open("", opts)
		require.NoError(t, err)
		require.Equal(t, Position(1000), recovery.Durable)
		require.Equal(t, Position(1000), j.First())
		require.Equal(t, Position(1000), appendDurably(t, j, "x").start)
		require.NoError(t, j.Close())
	})
	t.Run("when the end was lost and the mark is old", func(t *testing.T) {
		fsys := sealedFS(keys)
		j, _ := openSmall(t, fsys)
		all := appendMany(t, j, 3)
		require.NoError(t, j.Close())
		inode := fsys.files[segmentName(0)]
		inode.data = inode.data[:segmentHeader+all[0].end]
		oldMark(t, fsys, j)
		opts := small(fsys)
		opts.Applied = all[2].end
		j, recovery, err := Open("", opts)
		require.NoError(t, err)
		require.Equal(t, []Damage{{From: all[0].end, To: all[2].end}}, recovery.Damages)
		require.Equal(t, all[2].end, appendDurably(t, j, "x").start)
		require.NoError(t, j.Close())
	})
}

func TestOpenRefusesWhatItCanNotTell(t *testing.T) { bothWays(t, testOpenRefusesWhatItCanNotTell) }

func testOpenRefusesWhatItCanNotTell(t *testing.T, keys Keys) {
	for _, test := range []struct {
		name, want string
		spoil      func(t *testing.T, fsys *memoryFS)
	}{
		{"a newer format", "format version 3", func(_ *testing.T, fsys *memoryFS) {
			inode := fsys.files[segmentName(0)]
			header := encodeSegmentHeader(identity(inode.data[8:16]), 0, false)
			copy(inode.data, reseal(header, 24, 3))
		}},
		{"a segment with another's name", "give it back its name", func(t *testing.T, fsys *memoryFS) {
			require.NoError(t, fsys.Rename(fsys.segmentNames()[1], segmentName(77)))
		}},
		{"a segment of another journal", "another journal", func(_ *testing.T, fsys *memoryFS) {
			copy(fsys.files[segmentName(0)].data, encodeSegmentHeader(identity{1}, 0, keys != nil))
		}},
		{"no header and no mark", "no header of a segment and no mark", func(_ *testing.T, fsys *memoryFS) {
			clear(fsys.files[markName].data)
			for _, name := range fsys.segmentNames() {
				clear(fsys.files[name].data[:segmentHeader])
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			fsys := sealedFS(keys)
			j, _ := openSmall(t, fsys)
			appendMany(t, j, 20)
			require.NoError(t, j.Close())
			test.spoil(t, fsys)
			was := fsys.contents()
			_, _, err := Open("", small(fsys))
			require.ErrorContains(t, err, test.want)
			require.Equal(t, was, fsys.contents(), "nothing was changed")
		})
	}
}

// TestRandomCrash cuts the power at random moments, again and again, and lets
// it keep any of the pages that were not synced.
func TestRandomCrash(t *testing.T) { bothWays(t, testRandomCrash) }

func testRandomCrash(t *testing.T, keys Keys) {
	for seed := range uint64(100) {
		random := seeded(seed)
		fsys := sealedFS(keys)
		var appended, acknowledged []written
		for round := range 4 {
			j, recovery := openSmall(t, fsys)
			require.Empty(t, recovery.Damages, "seed %d round %d", seed, round)
			for i := range random.IntN(30) {
				data := fmt.Sprintf("%d.%d.%0*d", seed, i, random.IntN(120), i)
				end, err := j.Append(t.Context(), []byte(data))
				require.NoError(t, err)
				appended = append(appended, written{data, startOf(j, end, data), end})
				if random.IntN(3) == 0 {
					require.NoError(t, j.Wait(t.Context(), end))
					acknowledged = appended
				}
			}
			crashed := fsys.crash(random)
			require.NoError(t, j.Close())
			fsys = crashed
			requireKept(t, fsys.copy(), appended, acknowledged)
			j, _ = openSmall(t, fsys)
			appended, _ = readAll(t, j, 0)
			acknowledged = appended
			require.NoError(t, j.Close())
		}
	}
}

func requireKept(t *testing.T, fsys *memoryFS, appended, acknowledged []written) {
	t.Helper()
	recovery := requireTruth(t, fsys, appended, acknowledged)
	require.Empty(t, recovery.Damages)
	require.GreaterOrEqual(t, recovery.Records, int64(len(acknowledged)))
}
