package sealfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/sluice-ingest/sluice/libs/seal"
)

// Reader reads the plaintext of a finished file. Safe for concurrent use, one
// read at a time. What it returns is authentic: it fails with [seal.ErrDamaged]
// instead of returning an altered byte.
type Reader struct {
	from     io.ReaderAt
	segments *Segments
	// size of the plaintext.
	size int64

	// mu guards what follows. buffer has room for a sealed segment; held is the
	// plaintext of the segment with the index at, opened in place for reads in
	// steps smaller than a segment; at is -1 when there is none.
	mu     sync.Mutex
	buffer []byte
	held   []byte
	at     int64
}

// NewReader opens a file of so many bytes. It reads the header and the last
// segment, which proves the size. The caller closes from, after the last read.
func NewReader(ctx context.Context, keys *seal.Keys, from io.ReaderAt, sealedSize int64) (*Reader, error) {
	segments, err := Load(ctx, keys, from)
	if err != nil {
		return nil, err
	}
	size, err := segments.PlainSize(sealedSize)
	if err != nil {
		return nil, err
	}
	r := &Reader{
		from: from, segments: segments, size: size, at: -1,
		buffer: make([]byte, min(size, int64(segments.Size()))+seal.Overhead),
	}
	if err := r.hold(r.lastIndex()); err != nil {
		return nil, err
	}
	return r, nil
}

// Size of the plaintext in bytes.
func (r *Reader) Size() int64 { return r.size }

// ReadAt reads plaintext.
func (r *Reader) ReadAt(b []byte, offset int64) (int, error) {
	if offset < 0 {
		return 0, errors.New("read a sealed file: the offset is negative")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for n < len(b) {
		place := offset + int64(n)
		if place >= r.size {
			return n, io.EOF
		}
		read, err := r.read(b[n:], place)
		if err != nil {
			return n, err
		}
		n += read
	}
	return n, nil
}

// read reads from the segment that holds the byte at offset.
func (r *Reader) read(b []byte, offset int64) (int, error) {
	index, skip := offset/int64(r.segments.Size()), int(offset%int64(r.segments.Size()))
	if length := r.length(index); skip == 0 && len(b) >= length && r.at != index {
		_, err := r.open(b[:0], index)
		return length, err
	}
	if r.at != index {
		if err := r.hold(index); err != nil {
			return 0, err
		}
	}
	return copy(b, r.held[skip:]), nil
}

// hold opens a segment in place.
func (r *Reader) hold(index int64) (err error) {
	// The ciphertext begins behind the nonce.
	r.held, err = r.open(r.buffer[nonceSize:nonceSize], index)
	if err == nil {
		r.at = index
	}
	return err
}

const nonceSize = 12

// open reads a segment into the buffer and opens it behind dst.
func (r *Reader) open(dst []byte, index int64) ([]byte, error) {
	r.at = -1
	sealed := r.buffer[:r.length(index)+seal.Overhead]
	n, err := r.from.ReadAt(sealed, r.segments.At(index))
	switch {
	case n == len(sealed):
		return r.segments.Open(dst, sealed, index, index == r.lastIndex())
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("segment %d: %w: it is cut short", index, seal.ErrDamaged)
	}
	return nil, fmt.Errorf("read segment %d: %w", index, err)
}

func (r *Reader) lastIndex() int64 { return r.size / int64(r.segments.Size()) }

// length is the number of bytes of plaintext in a segment.
func (r *Reader) length(index int64) int {
	return int(min(r.size-index*int64(r.segments.Size()), int64(r.segments.Size())))
}
