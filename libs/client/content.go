package client

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// ErrFileChanged says that a file's size or modification time is not what it
// was when its upload began. Upload it again when nothing writes to it.
var ErrFileChanged = errors.New("the file changed while it was uploaded")

// unknownSize is the size of a content that only its end will tell.
const unknownSize int64 = -1

// content is what is uploaded.
type content interface {
	// size in bytes, or unknownSize.
	size() int64
	// read fills p from offset on and tells whether the content ends there.
	// Fewer bytes than len(p) come only at the end.
	read(p []byte, offset int64) (n int, last bool, err error)
	// random returns nil when the content can be read once only.
	random() io.ReaderAt
	// unchanged fails when the content is not any more what it was.
	unchanged() error
}

// sizedContent can be read at any place.
type sizedContent struct {
	reader io.ReaderAt
	length int64
}

func (c *sizedContent) size() int64         { return c.length }
func (c *sizedContent) random() io.ReaderAt { return c.reader }
func (c *sizedContent) unchanged() error    { return nil }

func (c *sizedContent) read(p []byte, offset int64) (int, bool, error) {
	p = p[:min(int64(len(p)), c.length-offset)]
	if err := readFullAt(c.reader, p, offset); err != nil {
		return 0, false, err
	}
	return len(p), offset+int64(len(p)) == c.length, nil
}

// readFullAt fills p. An early end means that the content became shorter.
func readFullAt(r io.ReaderAt, p []byte, offset int64) error {
	n, err := r.ReadAt(p, offset)
	switch {
	case n == len(p):
		return nil
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w: it ends at byte %d", ErrFileChanged, offset+int64(n))
	default:
		return fmt.Errorf("read at byte %d: %w", offset, err)
	}
}

// fileContent is an open file that must stay as it was when it was opened.
type fileContent struct {
	sizedContent
	file    *os.File
	modTime time.Time
}

// openFile opens a regular file. The caller closes it.
func openFile(path string) (*fileContent, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the file to upload: %w", err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", path)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &fileContent{
		sizedContent: sizedContent{reader: file, length: info.Size()},
		file:         file,
		modTime:      info.ModTime(),
	}, nil
}

func (c *fileContent) unchanged() error {
	info, err := c.file.Stat()
	if err != nil {
		return fmt.Errorf("look at the file to upload: %w", err)
	}
	if info.Size() != c.length {
		return fmt.Errorf("%w: its size was %d bytes and is %d", ErrFileChanged, c.length, info.Size())
	}
	if !info.ModTime().Equal(c.modTime) {
		return fmt.Errorf("%w: it was modified at %s", ErrFileChanged, info.ModTime().Format(time.RFC3339Nano))
	}
	return nil
}

func (c *fileContent) close() { _ = c.file.Close() }

// streamContent can be read once, from its start to its end.
type streamContent struct {
	reader io.Reader
}

func (c *streamContent) size() int64         { return unknownSize }
func (c *streamContent) random() io.ReaderAt { return nil }
func (c *streamContent) unchanged() error    { return nil }

func (c *streamContent) read(p []byte, _ int64) (int, bool, error) {
	n, err := io.ReadFull(c.reader, p)
	switch {
	case err == nil:
		return n, false, nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return n, true, nil
	default:
		return 0, false, fmt.Errorf("read the content to upload: %w", err)
	}
}
