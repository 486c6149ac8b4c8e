package block

// Messages are the messages of a block. One goroutine uses them at a time.
type Messages struct {
	texts *texts
}

// ReadMessages reads the messages of a block of so many entries.
func ReadMessages(data []byte, codec *Codec, rows int) (*Messages, error) {
	r := &reader{data: data}
	m := &Messages{texts: readTextColumn(r, codec, rows)}
	if r.err == nil && len(m.texts.rows) != rows {
		r.fail()
	}
	return m, r.err
}

// Append appends the message of an entry, which is not before one that was
// asked for since the last Rewind.
func (m *Messages) Append(b []byte, row int) []byte {
	from := len(b)
	b = m.texts.appendAt(b, row)
	return b[:from+len(unescape(b[from:]))]
}

// Rewind goes back to the first entry.
func (m *Messages) Rewind() { m.texts.rewind() }
