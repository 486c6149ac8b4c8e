package apply

import "github.com/sluice-ingest/sluice/libs/journal"

// reader reads the journal on, and opens it anew after a failure.
type reader struct {
	journal  Journal
	position journal.Position
	open     *journal.Reader
}

// next returns the next record if one is durable. Its data is valid until the
// next call. A *journal.DamageError tells of a piece that was left out.
func (r *reader) next() (record journal.Record, ok bool, err error) {
	if r.open == nil {
		if r.open, err = r.journal.Reader(r.position); err != nil {
			return record, false, err
		}
	}
	record, ok, err = r.open.TryNext()
	if ok {
		r.position = record.End
	}
	return record, ok, err
}

// rewind makes the record at a position the next one.
func (r *reader) rewind(to journal.Position) {
	r.close()
	r.position = to
}

func (r *reader) close() {
	if r.open != nil {
		_ = r.open.Close()
		r.open = nil
	}
}
