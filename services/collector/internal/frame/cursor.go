package frame

import (
	"math"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// cursor reads protobuf wire data. After a failure it is at its end, and what
// it has returned since counts for nothing.
type cursor struct {
	rest   []byte
	failed bool
}

func (c *cursor) more() bool { return len(c.rest) > 0 }

func (c *cursor) fail() {
	c.rest = nil
	c.failed = true
}

// varint is small enough to be inlined for values below 128.
func (c *cursor) varint() uint64 {
	if len(c.rest) > 0 && c.rest[0] < 0x80 {
		value := uint64(c.rest[0])
		c.rest = c.rest[1:]
		return value
	}
	return c.longVarint()
}

func (c *cursor) longVarint() uint64 {
	value, n := protowire.ConsumeVarint(c.rest)
	if n < 0 {
		c.fail()
		return 0
	}
	c.rest = c.rest[n:]
	return value
}

func (c *cursor) bytes() []byte {
	length := c.varint()
	if length > uint64(len(c.rest)) {
		c.fail()
		return nil
	}
	value := c.rest[:length:length]
	c.rest = c.rest[length:]
	return value
}

// text is bytes that have to be UTF-8.
func (c *cursor) text() []byte {
	value := c.bytes()
	if !utf8.Valid(value) {
		c.fail()
	}
	return value
}

func (c *cursor) double() float64 {
	bits, n := protowire.ConsumeFixed64(c.rest)
	if n < 0 {
		c.fail()
		return 0
	}
	c.rest = c.rest[n:]
	return math.Float64frombits(bits)
}

// skip passes over the value of a field that the message does not have, or has
// with another type.
func (c *cursor) skip(tag uint64) {
	number := tag >> 3
	if number < uint64(protowire.MinValidNumber) || number > uint64(protowire.MaxValidNumber) {
		c.fail()
		return
	}
	n := protowire.ConsumeFieldValue(protowire.Number(number), protowire.Type(tag&7), c.rest)
	if n < 0 {
		c.fail()
		return
	}
	c.rest = c.rest[n:]
}
