package sealfile

import (
	"context"
	"fmt"
	"io"

	"github.com/sluice-ingest/sluice/libs/seal"
)

// File is what Rewrap works on, such as an *os.File opened for reading and
// writing.
type File interface {
	io.ReaderAt
	io.WriterAt
	Sync() error
}

// Rewrap wraps the data key of a file with the newest outer key, in both pages,
// and tells whether there was anything to do. It writes no segment. After a
// crash at any step the file opens with the old outer key or the new one, and
// Rewrap can be run again. It heals a page that is not whole. The bytes are
// durable when it returns. Nobody else may rewrap the file meanwhile; reading
// it is fine.
func Rewrap(ctx context.Context, keys *seal.Keys, file File) (changed bool, err error) {
	slots, err := readSlots(file)
	if err != nil {
		return false, err
	}
	if slots[1].err == nil && keys.Current(slots[0].wrapped) && keys.Current(slots[1].wrapped) {
		return false, nil
	}
	next := slots[0].page
	if next.wrapped, err = keys.Rewrap(ctx, next.wrapped, next.object.name()); err != nil {
		return false, err
	}
	// First over the page that does not count.
	for _, index := range []int{slots[1].index, slots[0].index} {
		next.generation++
		if err := writePage(file, &next, index); err != nil {
			return true, err
		}
	}
	return true, verify(ctx, keys, file)
}

func writePage(file File, p *page, index int) error {
	b := make([]byte, pageSize)
	p.encode(b)
	if _, err := file.WriteAt(b, int64(index)*pageSize); err != nil {
		return fmt.Errorf("write page %d of the header: %w", index, err)
	}
	if err := file.Sync(); err != nil {
		return fmt.Errorf("sync page %d of the header: %w", index, err)
	}
	return nil
}

// verify reads back what was written.
func verify(ctx context.Context, keys *seal.Keys, file File) error {
	slots, err := readSlots(file)
	if err != nil {
		return err
	}
	for _, s := range slots {
		if s.err != nil {
			return s.err
		}
		if _, err := keys.Unwrap(ctx, s.wrapped, s.object.name()); err != nil {
			return fmt.Errorf("verify page %d of the header: %w", s.index, err)
		}
	}
	return nil
}
