package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

// packs is the folder of packs. Safe for concurrent use.
type packs struct {
	root *os.Root
	// writing is the number of the pack that is written to, 0 for none. It is set
	// before the pack is made, and changed before the pack is looked at for the last
	// time: so a pack that is empty is removed by whoever emptied it or by its writer.
	writing atomic.Uint64
	// reader is nil, or what a test reads packs through.
	reader func(file *os.File) io.ReaderAt
}

func packName(number uint64) string {
	return fmt.Sprintf("%s/%016x%s", packsFolder, number, packSuffix)
}

// packOf returns the number of the pack that has this name, and false for a file
// that is not the store's.
func packOf(name string) (uint64, bool) {
	digits, isPack := strings.CutSuffix(name, packSuffix)
	number, err := strconv.ParseUint(digits, 16, 64)
	return number, isPack && err == nil && number > 0 && packName(number) == packsFolder+"/"+name
}

// numbers yields the number of every pack, in no order; none where the folder is not
// there. It ends after the first error.
func (p *packs) numbers(ctx context.Context) iter.Seq2[uint64, error] {
	return func(yield func(uint64, error) bool) {
		dir, err := p.root.Open(packsFolder)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			yield(0, err)
			return
		}
		defer func() { _ = dir.Close() }() // It was only read.
		for {
			names, err := readNames(ctx, dir)
			for _, name := range names {
				if number, ok := packOf(name); ok && !yield(number, nil) {
					return
				}
			}
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(0, err)
				return
			}
		}
	}
}

// dropIfEmpty unlinks a pack that has no records and gets none any more.
func (p *packs) dropIfEmpty(number uint64) error {
	if p.writing.Load() == number {
		return nil
	}
	file, err := p.root.Open(packName(number))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = nextData(file, packStart)
	if closeErr := file.Close(); closeErr != nil {
		return closeErr
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	if err := p.root.Remove(packName(number)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
