package engine

import "unsafe"

// inlined is the length of the texts that stand in their text themselves.
const inlined = 12

// text is DuckDB's duckdb_string_t: how a text or blob stands in a vector. It
// lives in DuckDB's memory and is never copied, for the address of a short one
// is none.
type text struct {
	length  uint32
	prefix  [4]byte
	address uintptr
}

// set makes t refer to a value, which must not move while DuckDB reads it; a
// short one is copied.
func (t *text) set(value string) {
	t.length = uint32(len(value))
	if len(value) <= inlined {
		short := t.short()
		clear(short[copy(short[:], value):])
		return
	}
	copy(t.prefix[:], value)
	t.address = uintptr(unsafe.Pointer(unsafe.StringData(value))) //nolint:gosec // the value is pinned
}

// put is set with a value that is held by the heap.
func (t *text) put(value string, heap *heap) {
	if len(value) > inlined {
		value = heap.hold(value)
	}
	t.set(value)
}

// view is the value, in the memory that t refers to.
func (t *text) view() []byte {
	if t.length <= inlined {
		return t.short()[:t.length]
	}
	// As a pointer, since t may be the only place that has it.
	data := *(**byte)(unsafe.Pointer(&t.address)) //nolint:gosec // DuckDB wrote it
	return unsafe.Slice(data, t.length)           //nolint:gosec // DuckDB says how long it is
}

func (t *text) short() *[inlined]byte {
	return (*[inlined]byte)(unsafe.Pointer(&t.prefix)) //nolint:gosec // prefix and address are twelve bytes
}
