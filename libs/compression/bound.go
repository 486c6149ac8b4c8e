package compression

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	// MaxRatio is how many times its own size a zstd message may expand to: as
	// far as a gzip message can.
	MaxRatio = 1032
	// FreeBytes is what a zstd message may expand to whatever its size.
	FreeBytes = 64 << 10
)

// ErrBomb is in grpc-go's INTERNAL error for a zstd message that expands too far.
var ErrBomb = errors.New("the message expands to more than 1,032 times its size; " +
	"send it without compression, with gzip, or behind a skippable frame of zstd")

// allowance is how many bytes a zstd message of a size may expand to.
func allowance(size int) int64 { return FreeBytes + MaxRatio*int64(size) }

// padding is how many bytes are missing at a zstd message of a size that expands
// to others.
func padding(size, expanded int) int {
	missing := int64(expanded) - allowance(size)
	if missing <= 0 {
		return 0
	}
	return int((missing + MaxRatio - 1) / MaxRatio)
}

// bounded reads at most left bytes.
type bounded struct {
	from io.Reader
	left int64
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, ErrBomb
	}
	return n, err
}

// sizeOf returns how many bytes a message has that is to be read, and from where
// to read it. grpc-go's readers know; another is read as a whole.
func sizeOf(message io.Reader) (int, io.Reader, error) {
	if known, ok := message.(interface{ Remaining() int }); ok {
		return known.Remaining(), message, nil
	}
	data, err := io.ReadAll(message)
	if err != nil {
		return 0, nil, fmt.Errorf("read the compressed message: %w", err)
	}
	return len(data), bytes.NewReader(data), nil
}
