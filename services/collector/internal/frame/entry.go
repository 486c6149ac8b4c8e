package frame

// decodeMetric decodes the entry of a map of doubles whose length is next.
func decodeMetric(from *cursor) Metric {
	m := Metric{Name: noBytes}
	c := cursor{rest: from.bytes()}
	for c.more() {
		switch tag := c.varint(); tag {
		case entryKey:
			m.Name = c.text()
		case entryDouble:
			m.Value = c.double()
		default:
			c.skip(tag)
		}
	}
	if c.failed {
		from.fail()
	}
	return m
}

// decodeTag decodes the entry of a map of texts whose length is next.
func decodeTag(from *cursor) Tag {
	t := Tag{Name: noBytes, Value: noBytes}
	c := cursor{rest: from.bytes()}
	for c.more() {
		switch tag := c.varint(); tag {
		case entryKey:
			t.Name = c.text()
		case entryText:
			t.Value = c.text()
		default:
			c.skip(tag)
		}
	}
	if c.failed {
		from.fail()
	}
	return t
}

// noBytes is the text of a key or value that is not there.
var noBytes = []byte{}
