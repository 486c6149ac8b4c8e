package core

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
)

// scanBytes is how much of a content is read at once for a scanner.
const scanBytes = 64 << 10

// scannedContent reads a blob and remembers what went wrong, which scanners can't
// be relied on to tell from their own failures.
type scannedContent struct {
	blob   Blob
	reader *bufio.Reader
	// read is how many bytes were, and err why no more could be.
	read int64
	err  error
}

// openScanned opens the content of a file that is not committed yet.
func openScanned(ctx context.Context, store Store, file *File) (*scannedContent, error) {
	blob, err := store.Open(ctx, file.BlobID)
	if err != nil {
		return nil, fmt.Errorf("open what was stored, to scan it: %w", err)
	}
	if damage := sizeDamage(blob.Size(), file.Size); damage != "" {
		return nil, errors.Join(fmt.Errorf("the content to scan %s: %w", damage, ErrDamaged), blob.Close())
	}
	return &scannedContent{
		blob:   blob,
		reader: bufio.NewReaderSize(io.NewSectionReader(blob, 0, file.Size), scanBytes),
	}, nil
}

func (c *scannedContent) Read(p []byte) (int, error) {
	n, err := c.reader.Read(p)
	c.read += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = fmt.Errorf("read the content to scan after %d bytes: %w", c.read, err)
	}
	return n, err
}

func (c *scannedContent) Close() error { return c.blob.Close() }
