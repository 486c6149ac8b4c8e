package disk

import (
	"errors"
	"io"
	"io/fs"
	"iter"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// nextBlock returns where the first block begins that is no hole, from the one at an
// offset on, and io.EOF when there is none.
func (p *packFile) nextBlock(from int64) (int64, error) {
	at, err := nextData(p.file, from)
	return max(from, at/blockSize*blockSize), err
}

// records yields the whole records from the first on, and passes over anything else,
// what can't be read included. It ends after the first other error.
func (p *packFile) records() iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		for from := int64(packStart); ; {
			at, err := p.nextBlock(from)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(record{}, err)
				return
			}
			r, err := p.header(at)
			switch {
			case errors.Is(err, core.ErrDamaged), errors.Is(err, fs.ErrNotExist):
				from = at + blockSize
				continue
			case !yield(r, err) || err != nil:
				return
			}
			from = r.end()
		}
	}
}

// end is where the block ends behind which there is no record and only zeros.
func (p *packFile) end() (end int64, err error) {
	end = packStart
	for r, err := range p.records() {
		if err != nil {
			return 0, err
		}
		end = r.end()
	}
	for from := end; ; from += blockSize {
		from, err = p.nextBlock(from)
		switch {
		case errors.Is(err, io.EOF):
			return end, nil
		case err != nil:
			return 0, err
		case !p.empty(from):
			end = from + blockSize
		}
	}
}

// empty tells whether a block reads as zeros. One that can't be read is not empty.
func (p *packFile) empty(at int64) bool {
	var block [blockSize]byte
	n, err := p.readAt(block[:], at)
	return err == nil && isZero(block[:n])
}
