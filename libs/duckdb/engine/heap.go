package engine

import (
	"runtime"
	"unsafe"
)

// firstBlock is the smallest block of a heap, in bytes.
const firstBlock = 64 << 10

// heap keeps the texts of a chunk where they do not move while DuckDB reads
// them. Copying them into a few pinned blocks takes a fifth of the time of
// handing each to DuckDB, and half of that of pinning each.
type heap struct {
	pinner runtime.Pinner
	block  []byte
}

// hold copies a value into the heap.
func (h *heap) hold(value string) string {
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
