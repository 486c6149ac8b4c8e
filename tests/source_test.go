package tests

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
)

// source is content to upload, such as a testkit.Content.
type source interface {
	io.ReaderAt
	Size() int64
	// SHA256 in lower-case hexadecimal.
	SHA256() string
	// Bytes returns the content from off on, n bytes or what there is.
	Bytes(off int64, n int) []byte
}

// spliced is the content of an upload that went from one writer to another: the
// first one's up to a place, and the second one's from there on.
type spliced struct {
	first, second source
	at            int64
}

func (s spliced) Size() int64 { return s.second.Size() }

func (s spliced) ReadAt(p []byte, off int64) (int, error) {
	n, err := s.second.ReadAt(p, off)
	if head := min(int64(n), s.at-off); head > 0 {
		_, _ = s.first.ReadAt(p[:head], off) // It is as long.
	}
	return n, err
}

func (s spliced) Bytes(off int64, n int) []byte {
	p := make([]byte, max(0, min(int64(n), s.Size()-off)))
	_, _ = s.ReadAt(p, off) // All of it is there.
	return p
}

func (s spliced) SHA256() string {
	h := sha256.New()
	_, _ = io.Copy(h, io.NewSectionReader(s, 0, s.Size())) // neither side fails
	return hex.EncodeToString(h.Sum(nil))
}
