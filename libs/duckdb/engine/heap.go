package engine

import (
	"runtime"
	"unsafe"
)

const (
	// firstBlock is the smallest block of a heap, in bytes.
	firstBlock = 64 << 10
	// largeText is the length from which a text is pinned where it is.
	largeText = 4 << 10
)

// heap keeps the texts of a chunk where they do not move while DuckDB reads
// them. Small ones are copied into a few pinned blocks, which takes a third of
// the time of pinning each.
type heap struct {
	pinner runtime.Pinner
	block  []byte
}

// hold returns a value that does not move, and must not change, until the heap
// is reset.
func (h *heap) hold(value string) string {
	if len(value) >= largeText {
		h.pinner.Pin(unsafe.StringData(value)) //nolint:gosec // as a place, not to be read
		return value
	}
	at := len(h.block)
	if at+len(value) > cap(h.block) {
		h.grow(len(value))
		at = 0
	}
	h.block = append(h.block, value...)
	return unsafe.String(unsafe.SliceData(h.block[at:]), len(value)) //nolint:gosec // what was just appended
}

// grow begins a block in which a value of a size fits. A heap that is reset
// comes to one block for everything.
func (h *heap) grow(size int) {
	h.block = make([]byte, 0, max(2*cap(h.block), size, firstBlock))
	h.pinner.Pin(&h.block[:1][0])
}

// reset gives up what the heap holds.
func (h *heap) reset() {
	h.pinner.Unpin()
	h.block = h.block[:0]
	if cap(h.block) > 0 {
		h.pinner.Pin(&h.block[:1][0])
	}
}

// free is the end of the heap.
func (h *heap) free() { h.pinner.Unpin() }
