package disk

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// settle looks at every pack after a start: it removes those that have no records,
// tidies the last, and returns its number, 0 for none.
func (p *packs) settle(ctx context.Context) (last uint64, err error) {
	for number, err := range p.numbers(ctx) {
		if err != nil {
			return 0, err
		}
		last = max(last, number)
		if err := p.dropIfEmpty(number); err != nil {
			return 0, err
		}
	}
	return last, p.settlePack(last)
}

func (p *packs) settlePack(number uint64) error {
	pack, err := p.open(number, os.O_RDWR)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // There is none, or it was empty.
	case errors.Is(err, core.ErrDamaged):
		return nil // Whoever opens one of its records is told.
	case err != nil:
		return err
	}
	return errors.Join(pack.settle(), pack.Close())
}

// settle gives back what a crash left in the pack that was written to: room behind
// the records and, of the group that was not synced, blocks without a header. A pack
// that was ended has neither.
func (p *packFile) settle() error {
	info, err := p.file.Stat()
	if err != nil {
		return err
	}
	end, err := p.end()
	if err != nil || end >= info.Size() {
		return err
	}
	if err := p.clearGaps(max(packStart, end-maxGroup)); err != nil {
		return err
	}
	if err := p.file.Truncate(end); err != nil {
		return err
	}
	return syncData(p.file)
}

// end is where the last whole record ends.
func (p *packFile) end() (end int64, err error) {
	end = packStart
	for r, err := range p.records() {
		if err != nil {
			return 0, err
		}
		end = r.end()
	}
	return end, nil
}

// clearGaps punches what lies between whole records from an offset on.
func (p *packFile) clearGaps(from int64) error {
	for r, err := range p.records() {
		if err != nil {
			return err
		}
		if r.at > from {
			err := punch(p.file, from, r.at)
			if err != nil && !errors.Is(err, errors.ErrUnsupported) {
				return err
			}
		}
		from = max(from, r.end())
	}
	return nil
}
