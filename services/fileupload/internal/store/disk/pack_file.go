package disk

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"syscall"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// packFile is an open pack. Reading is safe for concurrent use, except for what
// looks for data: that moves the file's place.
type packFile struct {
	file *os.File
	// content is what the pack is read through: the file, or a test's.
	content io.ReaderAt
	number  uint64
	salt    salt
	// ended says that the writer ended the pack, and left nothing torn in it.
	ended bool
}

// open opens a pack for reading, and for removing with os.O_RDWR.
func (p *packs) open(number uint64, flag int) (*packFile, error) {
	file, err := p.root.OpenFile(packName(number), flag, 0)
	if err != nil {
		return nil, err
	}
	pack := &packFile{file: file, content: file, number: number}
	if p.reader != nil {
		pack.content = p.reader(file)
	}
	if err := pack.readHeader(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return pack, nil
}

// readHeader takes what the first blocks say, each by itself: one that can't be read
// is not the loss of the other.
func (p *packFile) readHeader() error {
	var failures []error
	var found bool
	for at := int64(0); at < packStart; at += blockSize {
		var b [packHeaderLen]byte
		n, err := p.readAt(b[:], at)
		failures = append(failures, err)
		if h, ok := decodePackHeader(b[:n], p.number); ok {
			found, p.salt, p.ended = true, h.salt, p.ended || h.flags&flagEnded != 0
		}
	}
	if found {
		return nil
	}
	if err := errors.Join(failures...); err != nil {
		return fmt.Errorf("pack %x has no header that can be read: %w", p.number, err)
	}
	return fmt.Errorf("pack %x has no header of format version %d: %w", p.number, packVersion, core.ErrDamaged)
}

func (p *packFile) Close() error { return p.file.Close() }

// readAt reads up to len(b) bytes; the end of the file is no error, and what the
// device can't read is [core.ErrDamaged].
func (p *packFile) readAt(b []byte, at int64) (int, error) {
	n, err := p.content.ReadAt(b, at)
	switch {
	case errors.Is(err, io.EOF):
		return n, nil
	case errors.Is(err, syscall.EIO):
		return n, fmt.Errorf("%w: %w", core.ErrDamaged, err)
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

// prove returns the content of id, which is proven to be what was put.
func (p *packFile) prove(id string, at int64) ([]byte, error) {
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
