package field

import (
	"math"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// Cursor reads fields. After a failure it is at its end, and what it has
// returned since counts for nothing. What it returns refers to the data.
type Cursor struct {
	// Rest is what has not been read.
	Rest   []byte
	failed bool
}

// Read returns a cursor at the front of data.
func Read(data []byte) Cursor { return Cursor{Rest: data} }

// More tells whether there is something left to read.
func (c *Cursor) More() bool { return len(c.Rest) > 0 }

// Fail makes the data malformed.
func (c *Cursor) Fail() {
	c.Rest = nil
	c.failed = true
}

// Failed tells whether the data is malformed.
func (c *Cursor) Failed() bool { return c.failed }

// Varint reads a varint, or a tag. It is small enough to be inlined for values below 128.
func (c *Cursor) Varint() uint64 {
	if len(c.Rest) > 0 && c.Rest[0] < 0x80 {
		value := uint64(c.Rest[0])
		c.Rest = c.Rest[1:]
		return value
	}
	return c.longVarint()
}

func (c *Cursor) longVarint() uint64 {
	value, n := protowire.ConsumeVarint(c.Rest)
	if n < 0 {
		c.Fail()
		return 0
	}
	c.Rest = c.Rest[n:]
	return value
}

// Bytes reads a length and so many bytes.
func (c *Cursor) Bytes() []byte {
	length := c.Varint()
	if length > uint64(len(c.Rest)) {
		c.Fail()
		return nil
	}
	value := c.Rest[:length:length]
	c.Rest = c.Rest[length:]
	return value
}

// Text is [Cursor.Bytes] that have to be UTF-8.
func (c *Cursor) Text() []byte {
	value := c.Bytes()
	if !utf8.Valid(value) {
		c.Fail()
	}
	return value
}

// Double reads eight bytes.
func (c *Cursor) Double() float64 {
	bits, n := protowire.ConsumeFixed64(c.Rest)
	if n < 0 {
		c.Fail()
		return 0
	}
	c.Rest = c.Rest[n:]
	return math.Float64frombits(bits)
}

// Skip passes over the value of a field, given its tag, that the message does
// not have, or has with another type.
func (c *Cursor) Skip(tag uint64) {
	number := tag >> 3
	if number < uint64(protowire.MinValidNumber) || number > uint64(protowire.MaxValidNumber) {
		c.Fail()
		return
	}
	n := protowire.ConsumeFieldValue(protowire.Number(number), protowire.Type(tag&7), c.Rest)
	if n < 0 {
		c.Fail()
		return
	}
	c.Rest = c.Rest[n:]
}

// AllUnknown tells whether data is a well-formed message, of whatever fields.
func AllUnknown(data []byte) bool {
	c := Read(data)
	for c.More() {
		c.Skip(c.Varint())
	}
	return !c.failed
}
