package sealfile

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/sluice-ingest/sluice/libs/seal"
)

// Segments seals and opens the segments of one file. Safe for concurrent use.
type Segments struct {
	key    *seal.DataKey
	object Object
	// size of a whole segment in bytes of plaintext.
	size int
}

// New makes the segments of a new file, and its header of [HeaderSize] bytes.
// The size of a segment is a power of two within the bounds.
func New(ctx context.Context, keys *seal.Keys, size int) (*Segments, []byte, error) {
	object := NewObject()
	key, wrapped, err := keys.New(ctx, object.name())
	if err != nil {
		return nil, nil, err
	}
	header := make([]byte, HeaderSize)
	p := page{segmentSize: size, object: object, wrapped: wrapped}
	for i := range 2 {
		p.generation++
		p.encode(header[i*pageSize : (i+1)*pageSize])
	}
	return &Segments{key: key, object: object, size: size}, header, nil
}

// Load opens the segments of a file that begins with a header. Errors are those
// of [seal.Keys.Unwrap] and of from.
func Load(ctx context.Context, keys *seal.Keys, from io.ReaderAt) (*Segments, error) {
	slots, err := readSlots(from)
	if err != nil {
		return nil, err
	}
	return unwrap(ctx, keys, slots)
}

// Size of a whole segment, in bytes of plaintext.
func (s *Segments) Size() int { return s.size }

// SealedSize of a whole segment, in bytes.
func (s *Segments) SealedSize() int { return s.size + seal.Overhead }

// At is where a segment begins in the file.
func (s *Segments) At(index int64) int64 { return SealedOffset(index*int64(s.size), s.size) }

// SealedOffset is where the segment begins that holds the byte at offset, in a
// file of segments of this size.
func SealedOffset(offset int64, size int) int64 {
	return HeaderSize + offset/int64(size)*int64(size+seal.Overhead)
}

// Seal appends a sealed segment to dst. Only the last may be shorter than Size,
// and it has to be.
func (s *Segments) Seal(dst, plaintext []byte, index int64, last bool) []byte {
	associated := s.associated(index, last)
	return s.key.Seal(dst, plaintext, associated[:])
}

// Open appends the plaintext of a segment to dst, or returns an error that
// wraps [seal.ErrDamaged]. For dst see [seal.DataKey.Open].
func (s *Segments) Open(dst, sealed []byte, index int64, last bool) ([]byte, error) {
	associated := s.associated(index, last)
	plaintext, err := s.key.Open(dst, sealed, associated[:])
	if err != nil {
		return nil, fmt.Errorf("segment %d: %w", index, err)
	}
	return plaintext, nil
}

func (s *Segments) associated(index int64, last bool) [25]byte {
	var b [25]byte
	copy(b[:], s.object[:])
	binary.LittleEndian.PutUint64(b[16:], uint64(index))
	if last {
		b[24] = 1
	}
	return b
}

// PlainSize is the number of bytes of plaintext in a finished file of so many
// bytes; an error wraps [seal.ErrDamaged].
func (s *Segments) PlainSize(sealed int64) (int64, error) {
	whole := (sealed - HeaderSize) / int64(s.SealedSize())
	rest := (sealed - HeaderSize) % int64(s.SealedSize())
	if sealed < HeaderSize || rest < seal.Overhead {
		return 0, fmt.Errorf("%w: it ends before its last segment", seal.ErrDamaged)
	}
	return whole*int64(s.size) + rest - seal.Overhead, nil
}
