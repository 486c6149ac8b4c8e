package s3

import "sync"

// firstBuffer is the size that a part's first buffer begins with.
const firstBuffer = 64 << 10

// buffers keeps the memory of parts for the next ones. What is not used is
// given back to the runtime. Safe for concurrent use.
type buffers struct {
	size int
	pool sync.Pool
}

func newBuffers(size int) *buffers {
	return &buffers{size: size, pool: sync.Pool{New: func() any {
		b := make([]byte, 0, size)
		return &b
	}}}
}

// get returns an empty buffer with room for a whole part.
func (b *buffers) get() []byte { return (*b.pool.Get().(*[]byte))[:0] }

// put takes back a buffer, which the caller no longer uses. One that is smaller
// is left to the runtime.
func (b *buffers) put(buffer []byte) {
	if cap(buffer) != b.size {
		return
	}
	b.pool.Put(&buffer)
}

// grow returns the buffer with room for more bytes: twice what it has, at most
// limit. The first one of an upload grows, so that a small file takes little.
func grow(buffer []byte, limit int) []byte {
	room := min(max(2*cap(buffer), firstBuffer), limit)
	return append(make([]byte, 0, room), buffer...)
}
