package wire

import "google.golang.org/grpc/mem"

// cursor reads protobuf wire data that lies in several buffers. Every method
// reports false when the data ends too early or is malformed; the cursor is
// useless then.
type cursor struct {
	rest    mem.BufferSlice
	current []byte
}

func newCursor(data mem.BufferSlice) cursor {
	c := cursor{rest: data}
	c.settle()
	return c
}

// settle moves to the next buffer that has bytes left.
func (c *cursor) settle() {
	for len(c.current) == 0 && len(c.rest) > 0 {
		c.current = c.rest[0].ReadOnlyData()
		c.rest = c.rest[1:]
	}
}

func (c *cursor) atEnd() bool { return len(c.current) == 0 }

func (c *cursor) byte() (byte, bool) {
	if c.atEnd() {
		return 0, false
	}
	b := c.current[0]
	c.current = c.current[1:]
	c.settle()
	return b, true
}

// varint reads a base-128 varint of at most 64 bits.
func (c *cursor) varint() (uint64, bool) {
	var value uint64
	for shift := uint(0); shift < 64; shift += 7 {
		b, ok := c.byte()
		if !ok || (shift == 63 && b > 1) {
			return 0, false
		}
		value |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return value, true
		}
	}
	return 0, false
}

// fixed32 reads four bytes, little endian.
func (c *cursor) fixed32() (uint32, bool) {
	var value uint32
	for shift := 0; shift < 32; shift += 8 {
		b, ok := c.byte()
		if !ok {
			return 0, false
		}
		value |= uint32(b) << shift
	}
	return value, true
}

// segments appends the next n bytes to into, as parts of the buffers they lie
// in, without copying them.
func (c *cursor) segments(into [][]byte, n int) ([][]byte, bool) {
	for n > 0 {
		if c.atEnd() {
			return into, false
		}
		take := min(n, len(c.current))
		into = append(into, c.current[:take:take])
		c.current = c.current[take:]
		n -= take
		c.settle()
	}
	return into, true
}

// text copies the next n bytes.
func (c *cursor) text(n int) (string, bool) {
	if n <= len(c.current) {
		s := string(c.current[:n])
		c.current = c.current[n:]
		c.settle()
		return s, true
	}
	parts, ok := c.segments(nil, n)
	if !ok {
		return "", false
	}
	joined := make([]byte, 0, n)
	for _, part := range parts {
		joined = append(joined, part...)
	}
	return string(joined), true
}
