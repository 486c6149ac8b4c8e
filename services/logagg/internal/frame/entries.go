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

// fewFields is how many fields of an entry are kept apart by their names. A
// service accepts fewer, so that of more it does not matter which they are.
const fewFields = 256

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
	of := d.fields[first:]
	for i := range of[:min(len(of), fewFields)] {
		if of[i].Name == f.Name {
			of[i] = f
			return
		}
	}
	d.fields = append(d.fields, f)
}

// clear empties the slices and keeps their memory.
func (d *entries) clear() {
	d.list, d.fields = d.list[:0], d.fields[:0]
}

// Larger slices are not kept: few frames are that large.
const (
	keptEntries = 10_000
	keptFields  = 100_000
)

// release drops every reference to decoded bytes.
func (d *entries) release() {
	d.list = emptied(d.list, keptEntries)
	d.fields = emptied(d.fields, keptFields)
}

func emptied[E any](s []E, kept int) []E {
	if cap(s) > kept {
		return nil
	}
	clear(s[:cap(s)])
	return s[:0]
}
