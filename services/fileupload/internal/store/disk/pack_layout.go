package disk

// packLayout lays records out for one write. It keeps its room from group to group.
type packLayout struct {
	records []record
	// headers has the records' headers, and segments all that is to be written.
	headers  []byte
	segments [][]byte
	room     int64
}

// padding fills the last block of a record.
var padding [blockSize]byte //nolint:gochecknoglobals // it never changes

// lay lays the group out from an offset on.
func (l *packLayout) lay(group []*packing, at int64, s salt) {
	l.room = 0
	for _, one := range group {
		r := record{id: one.id, at: at + l.room, size: one.size, sum: one.sum}
		l.records = append(l.records, r)
		l.headers = r.appendTo(l.headers, s)
		l.room += recordRoom(one.size)
	}
	for i, one := range group {
		l.segments = append(l.segments, l.headers[i*recordHeaderLen:(i+1)*recordHeaderLen])
		l.segments = append(l.segments, one.content...)
		r := l.records[i]
		l.segments = append(l.segments, padding[:r.end()-r.start()-r.size])
	}
}

// forget lets go of the contents, which are their callers' again.
func (l *packLayout) forget() {
	clear(l.segments)
	l.segments, l.headers, l.records = l.segments[:0], l.headers[:0], l.records[:0]
}
