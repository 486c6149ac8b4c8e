package sealfile

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/sluice-ingest/sluice/libs/seal"
)

// slot is a page and where it lies.
type slot struct {
	page

	index int
	err   error
}

// readSlots reads both pages, the one that counts first. The error is that of
// the disk, or [seal.ErrDamaged] when neither page is whole.
func readSlots(from io.ReaderAt) ([2]slot, error) {
	header := make([]byte, HeaderSize)
	n, err := from.ReadAt(header, 0)
	switch {
	case n == HeaderSize:
	case errors.Is(err, io.EOF):
		return [2]slot{}, fmt.Errorf("%w: it ends inside its header", seal.ErrDamaged)
	default:
		return [2]slot{}, fmt.Errorf("read the header: %w", err)
	}
	var slots [2]slot
	for i := range slots {
		slots[i].index = i
		slots[i].page, slots[i].err = decode(header[i*pageSize : (i+1)*pageSize])
	}
	if slots[0].err != nil || slots[1].err == nil && slots[1].generation > slots[0].generation {
		slots[0], slots[1] = slots[1], slots[0]
	}
	return slots, slots[0].err
}

// unwrap opens the data key of the first slot that has one.
func unwrap(ctx context.Context, keys *seal.Keys, slots [2]slot) (*Segments, error) {
	var errs []error
	for _, s := range slots {
		if s.err != nil {
			continue
		}
		key, err := keys.Unwrap(ctx, s.wrapped, s.object.name())
		if err == nil {
			return &Segments{key: key, object: s.object, size: s.segmentSize}, nil
		}
		errs = append(errs, err)
	}
	// The page that counts tells best what is wrong.
	return nil, errs[0]
}
