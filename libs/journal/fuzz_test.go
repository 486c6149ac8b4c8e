package journal

import (
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
	f.Add(encodeSegmentHeader(id, 0), true)
	for _, sealed := range []bool{false, true} {
		content := encodeSegmentHeader(id, 0)
		content = appendFrame(content, id, true, kindRecord, "a record")
		content = appendFrame(content, id, false, kindRecord, "")
		content = appendFrame(content, id, true, kindFiller, "what was lost")
		content = appendFrame(content, id, true, kindRecord, "a record of the third group")
		f.Add(content, sealed)
		f.Add(append(slices.Clip(content), "torn"...), sealed)
		damaged := append([]byte(nil), content...)
		damaged[segmentHeader+frameHeader]++
		f.Add(damaged, sealed)
	}

	f.Fuzz(func(t *testing.T, content []byte, sealed bool) {
		fsys := newMemoryFS()
		put := func(name string, data []byte) {
			fsys.files[name] = &memoryInode{data: data, durable: data, dirty: map[int64]bool{}}
		}
		put(segmentName(0), content)
		next := Position(max(0, len(content)-segmentHeader)) + 5
		if sealed {
			put(segmentName(next), encodeSegmentHeader(id, next))
		}
		j, recovery, err := Open("", small(fsys))
		if err != nil {
			_, ok, _ := decodeSegmentHeader(content, 0)
			require.False(t, ok && identity(content[8:16]) == id, "a whole header is enough: %v", err)
			return
		}
		accountFor(t, j, recovery, len(content))
		appendDurably(t, j, "it goes on")
		require.NoError(t, j.Close())
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
