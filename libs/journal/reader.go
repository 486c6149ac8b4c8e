package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
)

// Record is one that was read.
type Record struct {
	// Data is valid until the next call of the reader. It is nil for a sealed
	// record that is read without keys.
	Data []byte
	// Start and End bound the record with its framing. End is what Append
	// returned.
	Start, End Position
	// Sealed says that the record is sealed on the disk.
	Sealed bool
}

// Reader reads the durable records of a journal in their order. It holds a
// quarter of a MiB, or the largest record that it has read, in memory, twice if
// that is sealed. It is not safe for concurrent use, except that the journal may be used beside it.
type Reader struct {
	j    *Journal
	scan scanner
	// file is the one that is open, or nil, and seg its segment.
	file file
	seg  segment
	// rollbacks is the journal's count of when the file was opened.
	rollbacks int
	closed    bool
}

// Reader returns a reader that begins at a position: 0, the end of a record,
// First or Durable. It fails with ErrTrimmed or ErrAhead. The caller closes the
// reader.
func (j *Journal) Reader(from Position) (*Reader, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case from < j.first:
		return nil, fmt.Errorf("%w: position %d is before %d", ErrTrimmed, from, j.first)
	case from > j.synced:
		return nil, fmt.Errorf("%w: position %d is behind %d", ErrAhead, from, j.synced)
	}
	r := &Reader{j: j, scan: newScanner(j.marks.id)}
	r.scan.next, r.scan.limit = from, from
	return r, nil
}

// Next returns the next record, and waits until there is one. It fails with the
// context, with ErrClosed when the journal or the reader is closed, and with
// ErrTrimmed. A [*DamageError] is returned once for each damaged region; the
// next call goes on behind it. After an error of the disk the next call tries
// again.
func (r *Reader) Next(ctx context.Context) (Record, error) {
	record, ok, err := r.TryNext()
	for !ok && err == nil {
		moved := r.j.Moved()
		if record, ok, err = r.TryNext(); ok || err != nil {
			break
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return Record{}, context.Cause(ctx)
		}
	}
	return record, err
}

// TryNext is Next for what is durable already: it returns false instead of
// waiting.
func (r *Reader) TryNext() (record Record, ok bool, err error) {
	for {
		if r.closed {
			return Record{}, false, ErrClosed
		}
		if r.scan.done() {
			if ok, err := r.advance(); !ok {
				return Record{}, false, err
			}
		}
		f, ok, err := r.scan.scan()
		switch {
		case err != nil:
			return Record{}, false, fmt.Errorf("journal: can't read %s: %w", r.seg.name(), err)
		case !ok:
			return Record{}, false, r.damage()
		case f.kind != kindFiller:
			return Record{Data: f.data, Start: f.start, End: f.end, Sealed: r.scan.sealed}, true, nil
		}
	}
}

// Close closes the reader.
func (r *Reader) Close() error {
	r.closed = true
	return r.closeFile()
}

func (r *Reader) closeFile() error {
	if r.file == nil {
		return nil
	}
	err := r.file.Close()
	r.file = nil
	return err
}

// advance makes the scanner cover what has become durable since, in the same
// segment or the next. It returns false if there is nothing.
func (r *Reader) advance() (bool, error) {
	seg, limit, rollbacks, err := r.j.readable(r.scan.next)
	if err != nil || limit <= r.scan.next {
		return false, err
	}
	if r.file != nil && r.seg.base == seg.base && r.rollbacks == rollbacks {
		r.seg = seg
		r.scan.extend(limit, seg.content())
		return true, nil
	}
	if err := r.closeFile(); err != nil {
		return false, err
	}
	f, err := r.j.fs.OpenFile(seg.name(), os.O_RDONLY)
	switch {
	case isMissing(err):
		return false, fmt.Errorf("%w: position %d", ErrTrimmed, r.scan.next)
	case errors.Is(err, os.ErrClosed): // the journal was, just now
		return false, ErrClosed
	case err != nil:
		return false, err
	}
	r.file, r.seg, r.rollbacks = f, seg, rollbacks
	r.scan.reset(f, &seg, r.scan.next, limit, seg.content())
	return true, nil
}

// readable returns the segment that has a position, and how far it can be read:
// not beyond the position if nothing is there yet.
func (j *Journal) readable(at Position) (seg segment, limit Position, rollbacks int, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.ended:
		return segment{}, 0, 0, ErrClosed
	case at < j.first:
		return segment{}, 0, 0, fmt.Errorf("%w: position %d is before %d", ErrTrimmed, at, j.first)
	case at >= j.synced || len(j.segments) == 0:
		return segment{}, at, 0, nil
	}
	i, found := slices.BinarySearchFunc(j.segments, at, func(s *segment, at Position) int {
		return int(max(-1, min(1, s.base-at)))
	})
	if !found {
		i--
	}
	seg = *j.segments[i]
	limit = seg.end
	if limit == 0 {
		limit = j.synced
	}
	return seg, limit, j.rollbacks, nil
}

// damage sets the damaged region aside that the reader has come to, and moves
// behind it.
func (r *Reader) damage() error {
	from := r.scan.next
	if err := r.scan.skipDamage(); err != nil {
		return fmt.Errorf("journal: can't read %s: %w", r.seg.name(), err)
	}
	to := r.scan.next
	r.j.housekeeping.Lock()
	defer r.j.housekeeping.Unlock()
	if _, err := setAside(r.j.fs, r.file, &r.seg, from, to); err != nil {
		r.scan.next = from
		return err
	}
	return &DamageError{From: from, To: to}
}
