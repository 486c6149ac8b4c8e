package frame

import (
	"github.com/sluice-ingest/sluice/libs/wire/field"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// entries decodes entries one after the other. The fields of all of them lie in
// one slice, which grows to the size of the largest frame.
type entries struct {
	list   []entry.Entry
	fields []entry.Field
}

// Tags of the fields of LogEntry and LogRecord, and of a map's entries.
const (
	entryApplication = 1<<3 | field.Bytes
	sentLevel        = 2<<3 | field.Bytes
	recordLevel      = 2<<3 | field.Varint
	entryTimestamp   = 3<<3 | field.Varint
	entryMessage     = 4<<3 | field.Bytes
	entryFields      = 5<<3 | field.Bytes
	recordCategory   = 6<<3 | field.Bytes
	recordRedacted   = 7<<3 | field.Varint
	recordEntryID    = 8<<3 | field.Varint

	mapKey   = 1<<3 | field.Bytes
	mapValue = 2<<3 | field.Bytes
)

// message is which of the two messages an entry is decoded from.
type message int

const (
	logEntry message = iota
	logRecord
)

// own reads a field that only one of the messages has, and returns false for a
// tag of none such.
func (m message) own(c *field.Cursor, tag uint64, e *entry.Entry) bool {
	if m == logEntry {
		if tag == sentLevel {
			e.LevelText = text(c)
			return true
		}
		return false
	}
	switch tag {
	case recordLevel:
		e.Level = entry.Level(c.Varint())
	case recordCategory:
		e.Category = text(c)
	case recordRedacted:
		e.Redacted = c.Varint() != 0
	case recordEntryID:
		e.ID = int64(c.Varint())
	default:
		return false
	}
	return true
}

// decode appends an entry, and reports whether it is well-formed.
func (d *entries) decode(raw []byte, of message) bool {
	d.list = append(d.list, entry.Entry{})
	e := &d.list[len(d.list)-1]
	first := len(d.fields)
	c := field.Read(raw)
	for c.More() {
		switch tag := c.Varint(); tag {
		case entryApplication:
			e.Application = text(&c)
		case entryTimestamp:
			e.Timestamp = int64(c.Varint())
		case entryMessage:
			e.Message = text(&c)
		case entryFields:
			d.field(&c, first)
		default:
			if !of.own(&c, tag, e) {
				c.Skip(tag)
			}
		}
	}
	e.Fields = d.fields[first:len(d.fields):len(d.fields)]
	return !c.Failed()
}

// fewFields is how many fields of an entry are kept apart by their names. What
// is sent with more is rejected, and what is recorded has no name twice, so that
// of more it does not matter.
const fewFields = 128

// field decodes a field whose length is next. Of fields with the same name the
// last one counts, in the place of the first.
func (d *entries) field(from *field.Cursor, first int) {
	var f entry.Field
	c := field.Read(from.Bytes())
	for c.More() {
		switch tag := c.Varint(); tag {
		case mapKey:
			f.Name = text(&c)
		case mapValue:
			f.Value = text(&c)
		default:
			c.Skip(tag)
		}
	}
	if c.Failed() {
		from.Fail()
	}
	if of := d.fields[first:]; len(of) <= fewFields {
		for i := range of {
			if of[i].Name == f.Name {
				of[i] = f
				return
			}
		}
	}
	d.fields = append(d.fields, f)
}

// clear empties the slices, drops every reference to decoded bytes, and keeps the
// slices' memory.
func (d *entries) clear() {
	clear(d.list)
	clear(d.fields)
	d.list, d.fields = d.list[:0], d.fields[:0]
}

// Larger slices are not kept: few frames are that large.
const (
	keptEntries = 10_000
	keptFields  = 100_000
)

// shrink gives back the memory of empty slices that are larger.
func (d *entries) shrink() {
	if cap(d.list) > keptEntries {
		d.list = nil
	}
	if cap(d.fields) > keptFields {
		d.fields = nil
	}
}
