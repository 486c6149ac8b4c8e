package frame

import "github.com/sluice-ingest/sluice/libs/wire/field"

// decodeMetric decodes the entry of a map of doubles whose length is next.
func decodeMetric(from *field.Cursor) Metric {
	m := Metric{Name: noBytes}
	c := field.Read(from.Bytes())
	for c.More() {
		switch tag := c.Varint(); tag {
		case entryKey:
			m.Name = c.Text()
		case entryDouble:
			m.Value = c.Double()
		default:
			c.Skip(tag)
		}
	}
	if c.Failed() {
		from.Fail()
	}
	return m
}

// decodeTag decodes the entry of a map of texts whose length is next.
func decodeTag(from *field.Cursor) Tag {
	t := Tag{Name: noBytes, Value: noBytes}
	c := field.Read(from.Bytes())
	for c.More() {
		switch tag := c.Varint(); tag {
		case entryKey:
			t.Name = c.Text()
		case entryText:
			t.Value = c.Text()
		default:
			c.Skip(tag)
		}
	}
	if c.Failed() {
		from.Fail()
	}
	return t
}

// noBytes is the text of a key or value that is not there.
var noBytes = []byte{}
