package journal

import (
	"encoding/binary"
	"hash/crc32"
)

const (
	// frameHeader is the number of bytes before a frame's data.
	frameHeader = 12
	// frameFirst is set on the first frame of a group.
	frameFirst = 1 << 31

	frameKindShift = 28
	frameKindMask  = 7
	frameSizeMask  = 1<<frameKindShift - 1

	// fillerSum stands where the checksum of a filler's data would.
	fillerSum = 0xffffffff
)

type frameKind uint32

const (
	// kindRecord frames have a record as their data.
	kindRecord frameKind = iota
	// kindFiller frames cover positions that were given out and then rolled
	// back. What stands in their data means nothing, but for the proof that a
	// sealed segment's fillers begin with.
	kindFiller
	// kindSealed frames have a sealed record as their data.
	kindSealed
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// frame is one that was read.
type frame struct {
	start, end Position
	kind       frameKind
	first      bool
	// word is the header's first number.
	word uint32
	// sum is the CRC32C that the data should have.
	sum uint32
	// data is valid until the next frame is read.
	data []byte
}

// frameCodec writes and checks the headers of frames of one journal. It is not
// safe for concurrent use.
type frameCodec struct {
	seed    uint32   // CRC32C of the identity
	scratch [16]byte // of headerSum; on the stack it would escape
}

func newFrameCodec(id identity) frameCodec {
	return frameCodec{seed: crc32.Checksum(id[:], castagnoli)}
}

// appendHeader appends the header of the frame that begins at the position.
func (c *frameCodec) appendHeader(to []byte, at Position, first bool, kind frameKind, size int, sum uint32) []byte {
	word := frameWord(first, kind, size)
	to = binary.LittleEndian.AppendUint32(to, word)
	to = binary.LittleEndian.AppendUint32(to, sum)
	return binary.LittleEndian.AppendUint32(to, c.headerSum(at, word, sum))
}

// putHeader writes the checksums behind a word that stands there already.
func (c *frameCodec) putHeader(to []byte, at Position, word, sum uint32) {
	binary.LittleEndian.PutUint32(to[4:], sum)
	binary.LittleEndian.PutUint32(to[8:], c.headerSum(at, word, sum))
}

func frameWord(first bool, kind frameKind, size int) uint32 {
	word := uint32(size) | uint32(kind)<<frameKindShift
	if first {
		word |= frameFirst
	}
	return word
}

// parseHeader returns the frame that begins at the position, without its data,
// and false if these bytes are no header of a frame there.
func (c *frameCodec) parseHeader(header []byte, at Position) (frame, bool) {
	word := binary.LittleEndian.Uint32(header)
	sum := binary.LittleEndian.Uint32(header[4:])
	f := frame{
		start: at,
		end:   at + frameHeader + Position(word&frameSizeMask),
		kind:  frameKind(word >> frameKindShift & frameKindMask),
		first: word&frameFirst != 0,
		word:  word,
		sum:   sum,
	}
	ok := (f.kind == kindRecord || f.kind == kindSealed || f.kind == kindFiller && sum == fillerSum) &&
		binary.LittleEndian.Uint32(header[8:]) == c.headerSum(at, word, sum)
	return f, ok
}

func (c *frameCodec) headerSum(at Position, word, sum uint32) uint32 {
	binary.LittleEndian.PutUint64(c.scratch[:], uint64(at))
	binary.LittleEndian.PutUint32(c.scratch[8:], word)
	binary.LittleEndian.PutUint32(c.scratch[12:], sum)
	return crc32.Update(c.seed, castagnoli, c.scratch[:])
}
