package frame

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/sluice-ingest/sluice/libs/wire/field"
)

// An entry of a map is plain when it is laid out as every encoder does it: key
// and value once and in this order, all lengths below 128. Where its parts lie:
//
//	0    tag of the field
//	1    length of the entry
//	2    tag of the key
//	3    length k of the key
//	4    the key
//	4+k  tag of the value, and the value
const plainKey = 4

// plainKeyEnd returns where the key of the entry at the front of data ends,
// which is where its value's tag stands, and where the entry ends. It fails for
// an entry that does not begin as a plain one does, or with a key that is not
// UTF-8.
func plainKeyEnd(data []byte, valueTag uint64) (keyEnd, end int, ok bool) {
	if len(data) < plainKey {
		return 0, 0, false
	}
	length, keyLength := data[1], data[3]
	keyEnd, end = plainKey+int(keyLength), 2+int(length)
	if length >= 0x80 || keyLength >= 0x80 || data[2] != byte(entryKey) || end > len(data) ||
		keyEnd+1 >= end || data[keyEnd] != byte(valueTag) {
		return 0, 0, false
	}
	return keyEnd, end, utf8.Valid(data[plainKey:keyEnd])
}

// plainMetric decodes the metric at c if it is plain.
func (d *points) plainMetric(c *field.Cursor, place int) bool {
	data := c.Rest
	keyEnd, end, ok := plainKeyEnd(data, entryDouble)
	value := keyEnd + 1
	if !ok || end != value+valueBytes {
		return false
	}
	d.metrics = append(d.metrics, Metric{
		Name:  data[plainKey:keyEnd:keyEnd],
		Value: math.Float64frombits(binary.LittleEndian.Uint64(data[value:])),
	})
	d.noteName(data[:value], place)
	c.Rest = data[end:]
	return true
}

// plainTag decodes the tag at c if it is plain.
func (d *points) plainTag(c *field.Cursor) bool {
	data := c.Rest
	keyEnd, end, ok := plainKeyEnd(data, entryText)
	value := keyEnd + 2
	if !ok || data[keyEnd+1] >= 0x80 || end != value+int(data[keyEnd+1]) || !utf8.Valid(data[value:end]) {
		return false
	}
	d.tags = append(d.tags, Tag{Name: data[plainKey:keyEnd:keyEnd], Value: data[value:end:end]})
	c.Rest = data[end:]
	return true
}
