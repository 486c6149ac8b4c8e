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

// settle gives back the room behind the records that a crash left in the pack that
// was written to, up to the last byte that is not 0. Whatever else belongs to no
// record stays, at most a group for each crash: a record whose header was damaged
// looks the same as one that was never whole, and its bytes are worth more than the
// room.
func (p *packFile) settle() error {
	if p.ended {
		return nil
	}
	end, err := p.end()
	if err != nil {
		return err
	}
	return p.cut(end)
}
