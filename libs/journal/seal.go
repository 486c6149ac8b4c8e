package journal

import (
	"encoding/binary"
	"hash/crc32"
)

// maxScratch is how much of the writer's buffer stays between groups.
const maxScratch = 2 << 20

// sealer seals and opens the frames of a journal. It is not safe for concurrent
// use.
type sealer struct {
	id identity
	// associated is what is sealed with a frame, and scratch what comes out.
	associated [28]byte
	scratch    []byte
}

// bind returns what ties a frame's data to its place: the journal, the segment,
// the position and the frame's word.
func (s *sealer) bind(base, at Position, word uint32) []byte {
	copy(s.associated[:], s.id[:])
	binary.LittleEndian.PutUint64(s.associated[8:], uint64(base))
	binary.LittleEndian.PutUint64(s.associated[16:], uint64(at))
	binary.LittleEndian.PutUint32(s.associated[24:], word)
	return s.associated[:]
}

// sealGroup seals the records of a group in their places, behind each of which
// gather has left room, and makes their headers.
func (s *sealer) sealGroup(seg *segment, codec *frameCodec, group []byte, at Position) {
	for len(group) > 0 {
		word := binary.LittleEndian.Uint32(group)
		end := frameHeader + int(word&frameSizeMask)
		data := group[frameHeader:end]
		s.scratch = seg.key.Seal(s.scratch[:0], data[:len(data)-sealOverhead], s.bind(seg.base, at, word))
		copy(data, s.scratch)
		codec.putHeader(group, at, word, crc32.Checksum(data, castagnoli))
		group, at = group[end:], at+Position(end)
	}
	s.shrink()
}

// sealFiller returns the bytes that prove a filler.
func (s *sealer) sealFiller(seg *segment, at Position, word uint32) []byte {
	return seg.key.Seal(nil, nil, s.bind(seg.base, at, word))
}

// open returns what a frame of a segment that begins at base has sealed, until
// the next call, and false if that was not sealed there with this key.
func (s *sealer) open(key DataKey, base Position, f frame, data []byte) ([]byte, bool) {
	plain, err := key.Open(s.scratch[:0], data, s.bind(base, f.start, f.word))
	if err != nil {
		return nil, false
	}
	s.scratch = plain
	return plain, true
}

// shrink gives up what a large record took.
func (s *sealer) shrink() {
	if cap(s.scratch) > maxScratch {
		s.scratch = nil
	}
}
