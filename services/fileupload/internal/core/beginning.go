package core

import (
	"errors"
	"fmt"
	"io"
)

// beginning is what a file's type is told from: its first bytes as they come in.
type beginning struct {
	types    TypePolicy
	fileName string
	// head has what came until the type was told, at most headSize bytes.
	head        []byte
	contentType string
}

// take looks at what comes next, and tells the type as soon as enough is here.
func (b *beginning) take(segments [][]byte) error {
	for _, segment := range segments {
		if b.contentType != "" {
			return nil
		}
		b.head = append(b.head, segment[:min(len(segment), headSize-len(b.head))]...)
		if len(b.head) == headSize {
			if err := b.tell(); err != nil {
				return err
			}
		}
	}
	return nil
}

// end tells the type of a file of which no more comes.
func (b *beginning) end() error {
	if b.contentType != "" {
		return nil
	}
	return b.tell()
}

func (b *beginning) tell() (err error) {
	b.contentType, err = b.types.CheckContent(b.fileName, b.head)
	return err
}

// upTo returns what a checkpoint at offset keeps: the bytes before it, or the type
// once they are enough.
func (b *beginning) upTo(offset int64) (head []byte, contentType string) {
	if offset >= headSize {
		return nil, b.contentType
	}
	return b.head[:min(offset, int64(len(b.head)))], ""
}

// resume goes on from a checkpoint. A checkpoint that was made before they had
// beginnings has it read from the part.
func (b *beginning) resume(from *Checkpoint, part Part) error {
	b.head, b.contentType = append(b.head, from.Head...), from.ContentType
	missing := min(from.Offset, headSize) - int64(len(b.head))
	if b.contentType != "" || missing == 0 {
		return nil
	}
	b.head = make([]byte, min(from.Offset, headSize))
	if _, err := part.ReadAt(b.head, 0); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the beginning of the part: %w", err)
	}
	if len(b.head) < headSize {
		return nil
	}
	return b.tell()
}
