package testkit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"os"
	"testing"
)

// Content is random bytes that a seed decides. It takes no memory, reads at
// several GB/s, and is safe for concurrent use.
type Content struct {
	seed uint64
	size int64
}

// NewContent returns size bytes of content. Different seeds give different
// bytes; one seed gives the same bytes for every size.
func NewContent(seed uint64, size int64) Content { return Content{seed: seed, size: size} }

// Size in bytes.
func (c Content) Size() int64 { return c.size }

// ReadAt reads like a file of this content.
func (c Content) ReadAt(p []byte, off int64) (int, error) {
	if off >= c.size {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), c.size-off))
	c.fill(p[:n], uint64(off))
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Reader reads the content once, from its start.
func (c Content) Reader() io.Reader { return io.NewSectionReader(c, 0, c.size) }

// Bytes returns the content from off on, n bytes or what there is.
func (c Content) Bytes(off int64, n int) []byte {
	p := make([]byte, max(0, min(int64(n), c.size-off)))
	c.fill(p, uint64(off))
	return p
}

// SHA256 of the content in lower-case hexadecimal.
func (c Content) SHA256() string {
	h := sha256.New()
	_, _ = io.Copy(h, c.Reader()) // neither side fails
	return hex.EncodeToString(h.Sum(nil))
}

// WriteFile writes the content to path.
func (c Content) WriteFile(t testing.TB, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatalf("can't create a file of content: %v", err)
	}
	_, err = io.Copy(f, c.Reader())
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		t.Fatalf("can't write content to %s: %v", path, err)
	}
}

// fill writes the bytes from off on into p.
func (c Content) fill(p []byte, off uint64) {
	if skip := off % 8; skip != 0 {
		var word [8]byte
		binary.LittleEndian.PutUint64(word[:], c.word(off/8))
		n := copy(p, word[skip:])
		p, off = p[n:], off+uint64(n)
	}
	i := off / 8
	for ; len(p) >= 8; p, i = p[8:], i+1 {
		binary.LittleEndian.PutUint64(p, c.word(i))
	}
	if len(p) > 0 {
		var word [8]byte
		binary.LittleEndian.PutUint64(word[:], c.word(i))
		copy(p, word[:])
	}
}

// word is output i of the SplitMix64 generator, which needs no earlier one.
func (c Content) word(i uint64) uint64 {
	z := c.seed*0xd1342543de82ef95 + (i+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
