package sealfile

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"math/bits"

	"github.com/sluice-ingest/sluice/libs/seal"
)

const (
	// HeaderSize is the number of bytes before the first segment.
	HeaderSize = 2 * pageSize

	pageSize   = 4096
	magic      = "\x89SLUICE\n"
	version    = 1
	wrappedAt  = 44
	checksumAt = pageSize - crc32.Size
)

// Segment sizes, in bytes of plaintext. They are powers of two.
const (
	SegmentSize    = 64 << 10
	MinSegmentSize = 16
	MaxSegmentSize = 16 << 20
)

// Object names a sealed file to its data key and its segments.
type Object [16]byte

// NewObject returns a random object.
func NewObject() Object {
	var o Object
	_, _ = rand.Read(o[:]) // It never fails.
	return o
}

// name is what the data key is wrapped for.
func (o Object) name() string { return "file/" + hex.EncodeToString(o[:]) }

// page is one header.
type page struct {
	segmentSize int
	object      Object
	generation  uint64
	wrapped     []byte
}

// encode writes the page to b, which has pageSize bytes.
func (p *page) encode(b []byte) {
	clear(b)
	copy(b, magic)
	binary.LittleEndian.PutUint16(b[8:], version)
	b[10] = byte(bits.TrailingZeros(uint(p.segmentSize)))
	copy(b[16:], p.object[:])
	binary.LittleEndian.PutUint64(b[32:], p.generation)
	binary.LittleEndian.PutUint32(b[40:], uint32(len(p.wrapped)))
	copy(b[wrappedAt:], p.wrapped)
	binary.LittleEndian.PutUint32(b[checksumAt:], checksum(b[:checksumAt]))
}

// decode reads a page of pageSize bytes, which it does not keep.
func decode(b []byte) (page, error) {
	if string(b[:len(magic)]) != magic || binary.LittleEndian.Uint32(b[checksumAt:]) != checksum(b[:checksumAt]) {
		return page{}, fmt.Errorf("%w: a page of the header is not whole", seal.ErrDamaged)
	}
	if v := binary.LittleEndian.Uint16(b[8:]); v != version {
		return page{}, fmt.Errorf("the sealed file has version %d; this program knows %d: use a newer one", v, version)
	}
	length := binary.LittleEndian.Uint32(b[40:])
	p := page{segmentSize: 1 << min(b[10], 31), object: Object(b[16:32]), generation: binary.LittleEndian.Uint64(b[32:])}
	if p.segmentSize < MinSegmentSize || p.segmentSize > MaxSegmentSize || length > seal.MaxWrapped {
		return page{}, fmt.Errorf("%w: the header names impossible sizes", seal.ErrDamaged)
	}
	p.wrapped = append(p.wrapped, b[wrappedAt:wrappedAt+length]...)
	return p, nil
}

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }
