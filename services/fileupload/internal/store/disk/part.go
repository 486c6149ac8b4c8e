package disk

import (
	"errors"
	"fmt"
	"os"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// part is a growing file.
type part struct {
	store *Store
	file  *os.File

	// Append alone uses these.
	offset  int64
	writer  vectorWriter
	room    reservation
	written writeBack

	// Sync alone uses these. named says that the file's name is durable, or that
	// the part has ended, so that Publish gives it another; broken is the first
	// failure, after which no Sync succeeds: the kernel forgets which bytes it
	// could not write.
	named  bool
	broken error
}

var _ core.Part = (*part)(nil)

func newPart(s *Store, file *os.File, size int64) *part {
	return &part{store: s, file: file, offset: size, written: writeBack{begun: size}}
}

// Append writes the segments where they lie, without copying or allocating. On
// an error the part is cut back to what it was.
func (p *part) Append(segments [][]byte) error {
	p.room.cover(p.file, p.offset, p.offset+totalSize(segments))
	written, err := p.writer.writeAt(p.file, segments, p.offset)
	if err != nil {
		return p.cutBack(err)
	}
	p.offset += written
	p.written.follow(p.file, p.offset)
	return nil
}

func totalSize(segments [][]byte) (size int64) {
	for _, segment := range segments {
		size += int64(len(segment))
	}
	return size
}

// cutBack drops what a failed write left. Where that fails too, the store is
// not as it was, whatever the cause.
func (p *part) cutBack(cause error) error {
	if err := p.file.Truncate(p.offset); err != nil {
		return fmt.Errorf("disk: append to part: %s; cut back: %w", cause.Error(), err)
	}
	return explain("append to part", cause)
}

// ReadAt reads what was appended.
func (p *part) ReadAt(b []byte, offset int64) (int, error) { return p.file.ReadAt(b, offset) }

// Durable is all of it: every byte is written at once.
func (p *part) Durable(offset int64) int64 { return offset }

// Proof is not needed: one process has the folder, and one session the part.
func (p *part) Proof(int64) []byte { return nil }

// End gives back room that was not needed; there is nothing to write. Publish
// makes the name durable.
func (p *part) End() error {
	p.named = true
	return explain("end part", p.room.trim(p.file, p.offset))
}

// Sync makes the bytes and, the first time, the name durable. After a failure
// every later Sync fails with it; resume the part from the last Sync that
// succeeded.
func (p *part) Sync() error {
	if p.broken == nil {
		p.broken = p.sync()
	}
	return p.broken
}

func (p *part) sync() error {
	if err := syncData(p.file); err != nil {
		return explain("sync part", err)
	}
	if p.named {
		return nil
	}
	if err := p.store.syncFolders(partsFolder); err != nil {
		return err
	}
	p.named = true
	return nil
}

// Close releases the part without syncing it.
func (p *part) Close() error {
	return errors.Join(p.room.trim(p.file, p.offset), p.file.Close())
}
