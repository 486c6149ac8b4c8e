package core

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/sluice-ingest/sluice/libs/problem"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// CRC32C returns the CRC-32C (Castagnoli, RFC 3720) over the segments.
func CRC32C(segments [][]byte) uint32 {
	var sum uint32
	for _, segment := range segments {
		sum = crc32.Update(sum, castagnoli, segment)
	}
	return sum
}

// Chunk is a piece of a file as a client sent it. The segments stay the
// caller's.
type Chunk struct {
	// Offset of the first byte in the file.
	Offset int64
	// Segments are the bytes, in order.
	Segments [][]byte
	// Size is the number of bytes.
	Size int
	// CRC32C is what the client computed over the bytes, or nil.
	CRC32C *uint32
	// Last tells that the file ends with this chunk.
	Last bool
}

// check looks at the chunk by itself.
func (c *Chunk) check(limit int) error {
	if c.Size > limit {
		return problem.InField(problem.ChunkTooLarge, "data", "has %d bytes; one message may carry at most %d", c.Size, limit)
	}
	if c.Offset < 0 && c.Size > 0 {
		return problem.InField(problem.FieldInvalid, "offset", "is negative; it counts from 0")
	}
	if c.CRC32C == nil {
		return nil
	}
	if sum := CRC32C(c.Segments); sum != *c.CRC32C {
		return problem.InField(problem.ChunkChecksumMismatch, "crc32c",
			"is %08x, the %d bytes at offset %d have %08x; they were damaged on the way: send them again", *c.CRC32C, c.Size, c.Offset, sum)
	}
	return nil
}

// cut drops the first n bytes.
func (c *Chunk) cut(n int) {
	c.Offset += int64(n)
	c.Size -= n
	for n > 0 {
		take := min(n, len(c.Segments[0]))
		if take == len(c.Segments[0]) {
			c.Segments = c.Segments[1:]
		} else {
			rest := append([][]byte{c.Segments[0][take:]}, c.Segments[1:]...)
			c.Segments = rest
		}
		n -= take
	}
}

// equals compares the first n bytes with what the part has at their place.
func (c *Chunk) equals(part io.ReaderAt, n int) (bool, error) {
	stored := make([]byte, n)
	if read, err := part.ReadAt(stored, c.Offset); err != nil && (!errors.Is(err, io.EOF) || read < n) {
		return false, fmt.Errorf("read back %d bytes at offset %d: %w", n, c.Offset, err)
	}
	for _, segment := range c.Segments {
		take := min(len(stored), len(segment))
		if !bytes.Equal(stored[:take], segment[:take]) {
			return false, nil
		}
		stored = stored[take:]
	}
	return true, nil
}
