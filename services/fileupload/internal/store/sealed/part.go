package sealed

import (
	"errors"
	"fmt"
	"io"

	"github.com/sluice-ingest/sluice/libs/seal/sealfile"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// part is a growing sealed file.
type part struct {
	inner    core.Part
	segments *sealfile.Segments
	// header is still to be written, before the first segment; nil when it is.
	header []byte

	// whole is the number of whole segments that were written, tail the
	// plaintext behind them, and sealed the room to seal a segment in.
	whole        int64
	tail, sealed []byte
	// broken is the first failure of a write. Sync does not look at it.
	broken error
	ended  bool
}

var _ core.Part = (*part)(nil)

func newPart(inner core.Part, segments *sealfile.Segments, header []byte) *part {
	return &part{inner: inner, segments: segments, header: header}
}

// Append seals and writes what makes whole segments and keeps the rest. After
// an error every Append and End fails with it.
func (p *part) Append(segments [][]byte) error {
	if p.ended {
		return errors.New("sealed: append to part: it has ended")
	}
	for _, data := range segments {
		for len(data) > 0 && p.broken == nil {
			n := p.take(data)
			data = data[n:]
			if len(p.tail) == p.segments.Size() {
				p.broken = p.write(p.tail, false)
			}
		}
	}
	return p.broken
}

// take adds to the tail what fits and returns how much that was.
func (p *part) take(data []byte) int {
	n := min(len(data), p.segments.Size()-len(p.tail))
	if need := len(p.tail) + n; need > cap(p.tail) {
		p.grow(need)
	}
	p.tail = append(p.tail, data[:n]...)
	return n
}

// grow makes room in the tail, as much as a segment in the end.
func (p *part) grow(need int) {
	room := min(p.segments.Size(), max(need, 2*cap(p.tail)))
	p.tail = append(make([]byte, 0, room), p.tail...)
}

// write seals and writes a segment, and the header before the first.
func (p *part) write(plaintext []byte, last bool) error {
	p.sealed = p.segments.Seal(p.sealed[:0], plaintext, p.whole, last)
	if err := p.inner.Append([][]byte{p.header, p.sealed}); err != nil {
		return err
	}
	p.header = nil
	if !last {
		p.whole++
		p.tail = p.tail[:0]
	}
	return nil
}

// Durable rounds down to whole segments.
func (p *part) Durable(offset int64) int64 { return offset - offset%int64(p.segments.Size()) }

// Proof is the inner part's.
func (p *part) Proof(offset int64) []byte {
	return p.inner.Proof(sealfile.SealedOffset(offset, p.segments.Size()))
}

// End seals and writes the last segment, which may be empty.
func (p *part) End() error {
	if p.broken == nil && !p.ended {
		p.broken = p.write(p.tail, true)
		p.ended = true
	}
	return p.broken
}

// ReadAt reads from the segments that were written and from the tail.
func (p *part) ReadAt(b []byte, offset int64) (int, error) {
	n, size := 0, int64(p.segments.Size())
	for n < len(b) {
		index, skip := (offset+int64(n))/size, int((offset+int64(n))%size)
		plaintext, err := p.segment(index)
		if err != nil {
			return n, err
		}
		if skip >= len(plaintext) {
			return n, io.EOF
		}
		n += copy(b[n:], plaintext[skip:])
	}
	return n, nil
}

// segment returns the plaintext of a segment, empty behind the end.
func (p *part) segment(index int64) ([]byte, error) {
	switch {
	case index == p.whole:
		return p.tail, nil
	case index > p.whole:
		return nil, nil
	}
	sealed := make([]byte, p.segments.SealedSize())
	n, err := p.inner.ReadAt(sealed, p.segments.At(index))
	switch {
	case n == len(sealed):
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("sealed: read part: segment %d: %w: it is cut short", index, core.ErrDamaged)
	default:
		return nil, fmt.Errorf("sealed: read part: segment %d: %w", index, err)
	}
	plaintext, err := p.segments.Open(nil, sealed, index, false)
	return plaintext, explain("read part", err)
}

// Sync makes the whole segments durable, and after End the last.
func (p *part) Sync() error { return p.inner.Sync() }

// Close releases the part. What is behind the last whole segment is gone unless
// the part has ended.
func (p *part) Close() error { return p.inner.Close() }
