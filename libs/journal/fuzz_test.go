package journal

import (
	"encoding/binary"
	"hash/crc32"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzSegment reads any bytes as a segment: everything is a record, reported,
// or torn, and the journal goes on.
func FuzzSegment(f *testing.F) {
	// The identity is fixed, so that what the fuzzer keeps stays valid.
	id := identity{'f', 'i', 'x', 'e', 'd'}
	f.Add([]byte{}, false)
	f.Add(encodeSegmentHeader(id, 0, false), true)
	for _, ended := range []bool{false, true} {
		content := encodeSegmentHeader(id, 0, false)
		content = appendFrame(content, id, true, kindRecord, "a record")
		content = appendFrame(content, id, false, kindRecord, "")
		content = appendFrame(content, id, true, kindFiller, "what was lost")
		content = appendFrame(content, id, true, kindRecord, "a record of the third group")
		f.Add(content, ended)
		f.Add(append(slices.Clip(content), "torn"...), ended)
		damaged := append([]byte(nil), content...)
		damaged[segmentHeader+frameHeader]++
		f.Add(damaged, ended)
	}

	f.Fuzz(func(t *testing.T, content []byte, ended bool) {
		fsys := newMemoryFS()
		put := func(name string, data []byte) {
			fsys.files[name] = &memoryInode{data: data, durable: data, dirty: map[int64]bool{}}
		}
		put(segmentName(0), content)
		next := Position(max(0, len(content)-segmentHeader)) + 5
		if ended {
			put(segmentName(next), encodeSegmentHeader(id, next, false))
		}
		j, recovery, err := Open("", small(fsys))
		if err != nil {
			_, sealed, ok, _ := decodeSegmentHeader(content, 0)
			require.False(t, ok && !sealed && identity(content[8:16]) == id, "a whole header is enough: %v", err)
			return
		}
		accountFor(t, j, recovery, len(content))
		appendDurably(t, j, "it goes on")
		require.NoError(t, j.Close())
	})
}

// FuzzSealedSegment reads any bytes as the frames of a sealed segment, whose
// checksums fit where a frame could stand: what was not sealed there is no
// record.
func FuzzSealedSegment(f *testing.F) {
	fsys := sealedFS(KeysOf(newTestKeys()))
	j, _ := openSmall(f, fsys)
	all := appendMany(f, j, 3)
	id := j.marks.id
	require.NoError(f, j.Close())
	name := fsys.segmentNames()[0]
	require.Len(f, fsys.segmentNames(), 1)
	frames := fsys.files[name].data[segmentHeader:]
	f.Add(uint16(0), []byte{})
	f.Add(uint16(frameHeader), []byte("altered"))
	f.Add(uint16(len(frames)), []byte("torn"))
	f.Add(uint16(all[1].start), frames[:all[0].end])

	f.Fuzz(func(t *testing.T, at uint16, content []byte) {
		forged := fsys.copy()
		inode := forged.files[name]
		place := segmentHeader + min(int(at), len(frames))
		inode.data = append(inode.data[:place:place], content...)
		resumAll(inode.data[segmentHeader:], id)
		size := len(inode.data)
		j, recovery := openSmall(t, forged)
		accountFor(t, j, recovery, size)
		records, _ := readAll(t, j, 0)
		require.Subset(t, all, records)
		require.NoError(t, j.Close())
	})
}

// resumAll makes the checksums fit of what follows each other like frames.
func resumAll(frames []byte, id identity) {
	codec := newFrameCodec(id)
	for at := Position(0); len(frames) >= frameHeader; {
		word := binary.LittleEndian.Uint32(frames)
		end := frameHeader + int(word&frameSizeMask)
		if end > len(frames) {
			return
		}
		sum := crc32.Checksum(frames[frameHeader:end], castagnoli)
		if frameKind(word>>frameKindShift&frameKindMask) == kindFiller {
			sum = fillerSum
		}
		codec.putHeader(frames, at, word, sum)
		frames, at = frames[end:], at+Position(end)
	}
}

func FuzzKey(f *testing.F) {
	id := identity{1, 2, 3}
	f.Add(encodeKey(id, 77, []byte("wrapped")))
	f.Add(encodeKey(id, 78, []byte("wrapped")))
	f.Fuzz(func(t *testing.T, content []byte) {
		fsys := newMemoryFS()
		fsys.files[keyName(77)] = &memoryInode{data: content, dirty: map[int64]bool{}}
		wrapped, err := readKey(fsys, id, 77)
		if err == nil {
			require.NotEmpty(t, wrapped)
			again, ok, err := decodeKey(encodeKey(id, 77, wrapped), id, 77)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, wrapped, again)
		}
	})
}

// appendFrame appends a frame to the content of a segment that begins at 0.
func appendFrame(content []byte, id identity, first bool, kind frameKind, data string) []byte {
	codec := newFrameCodec(id)
	sum := uint32(fillerSum)
	if kind == kindRecord {
		sum = crc32.Checksum([]byte(data), castagnoli)
	}
	at := Position(len(content) - segmentHeader)
	content = codec.appendHeader(content, at, first, kind, len(data), sum)
	return append(content, data...)
}

// accountFor checks that the records, damages and torn bytes are all there is.
func accountFor(t *testing.T, j *Journal, recovery Recovery, size int) {
	t.Helper()
	records, damages := readAll(t, j, 0)
	require.Len(t, records, int(recovery.Records))
	require.Equal(t, regions(recovery.Damages), damages)
	at := Position(0)
	for i, k := 0, 0; i < len(records) || k < len(damages); {
		var start, end Position
		if k == len(damages) || i < len(records) && records[i].start < damages[k].From {
			start, end = records[i].start, records[i].end
			i++
		} else {
			start, end = damages[k].From, damages[k].To
			k++
		}
		require.LessOrEqual(t, at, start)
		at = end
	}
	require.LessOrEqual(t, recovery.TornBytes, int64(size))
}

func FuzzMark(f *testing.F) {
	m := &markFile{id: identity{1, 2, 3}}
	f.Add(append([]byte(nil), m.encode(77)...))
	f.Fuzz(func(t *testing.T, content []byte) {
		fsys := newMemoryFS()
		fsys.files[markName] = &memoryInode{data: content, dirty: map[int64]bool{}}
		got, ok, err := readMark(fsys)
		require.NoError(t, err)
		if ok {
			require.GreaterOrEqual(t, got.durable, Position(0))
			return
		}
		j, _, err := Open("", small(fsys))
		require.NoError(t, err)
		_, err = j.Reader(1)
		require.ErrorIs(t, err, ErrAhead)
		require.NoError(t, j.Close())
	})
}
