package disk

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"iter"
	"os"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// packFile is an open pack. Reading is safe for concurrent use, except for what
// looks for data: that moves the file's place.
type packFile struct {
	file   *os.File
	number uint64
	salt   salt
}

// open opens a pack for reading, and for removing with os.O_RDWR.
func (p *packs) open(number uint64, flag int) (*packFile, error) {
	file, err := p.root.OpenFile(packName(number), flag, 0)
	if err != nil {
		return nil, err
	}
	blocks := make([]byte, packStart)
	n, err := file.ReadAt(blocks, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(err, file.Close())
	}
	s, err := decodePackHeader(blocks[:n], number)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &packFile{file: file, number: number, salt: s}, nil
}

func (p *packFile) Close() error { return p.file.Close() }

// readAt reads up to len(b) bytes; the end of the file is no error.
func (p *packFile) readAt(b []byte, at int64) (int, error) {
	n, err := p.file.ReadAt(b, at)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// header returns the record at an offset, whoever's it is: [fs.ErrNotExist] for a
// hole, [core.ErrDamaged] for anything that is no header.
func (p *packFile) header(at int64) (record, error) {
	var h [recordHeaderLen]byte
	if at < packStart || at%blockSize != 0 {
		return record{}, errNoRecord
	}
	if _, err := p.readAt(h[:], at); err != nil {
		return record{}, err
	}
	return decodeRecord(h[:], p.salt, at)
}

// find is header for the record of id; that of another is [fs.ErrNotExist].
func (p *packFile) find(id string, at int64) (record, error) {
	r, err := p.header(at)
	if err == nil && r.id != id {
		return record{}, errNoRecord
	}
	return r, err
}

// content returns the content of id, which is proven to be what was put.
func (p *packFile) content(id string, at int64) ([]byte, error) {
	content, err := p.read(id, at)
	if errors.Is(err, core.ErrDamaged) {
		// It may have been discarded meanwhile. A hole has come into being when the
		// second look gets to see any of it.
		content, err = p.read(id, at)
	}
	return content, err
}

func (p *packFile) read(id string, at int64) ([]byte, error) {
	r, err := p.find(id, at)
	if err != nil {
		return nil, err
	}
	content := make([]byte, r.size)
	n, err := p.readAt(content, r.start())
	if err != nil {
		return nil, err
	}
	if n < len(content) || crc32.Checksum(content, castagnoli) != r.sum {
		return nil, fmt.Errorf("the content at %x: %w", at, core.ErrDamaged)
	}
	return content, nil
}

// remains is find for what has to go: a record whose header is damaged reaches up
// to the next whole one.
func (p *packFile) remains(id string, at int64) (record, error) {
	r, err := p.find(id, at)
	if !errors.Is(err, core.ErrDamaged) {
		return r, err
	}
	end := at + blockSize
	for end < at+maxRecord {
		if _, err := p.header(end); !errors.Is(err, core.ErrDamaged) {
			break
		}
		end += blockSize
	}
	return record{id: id, at: at, size: end - at - recordHeaderLen}, nil
}

// records yields the whole records from the first on, and passes over anything else.
// It ends after the first error.
func (p *packFile) records() iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		at := int64(packStart)
		for {
			next, err := nextData(p.file, at)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(record{}, err)
				return
			}
			at = max(at, next/blockSize*blockSize)
			r, err := p.header(at)
			switch {
			case errors.Is(err, core.ErrDamaged), errors.Is(err, fs.ErrNotExist):
				at += blockSize
				continue
			case !yield(r, err) || err != nil:
				return
			}
			at = r.end()
		}
	}
}
