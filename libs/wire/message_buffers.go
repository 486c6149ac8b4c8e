package wire

import (
	"math/bits"
	"sync"
)

// The sizes of pooled buffers, as powers of two: 4 KiB to 2 MiB.
const (
	minBufferBits = 12
	maxBufferBits = 21
)

// messageBuffers pools buffers for whole messages.
var messageBuffers tieredPool

// tieredPool pools buffers by size, each a power of two. Unlike grpc's own
// pools it has tiers between 32 KiB and 1 MiB and does not clear what it hands
// out. Larger buffers are left to the garbage collector.
type tieredPool [maxBufferBits - minBufferBits + 1]sync.Pool

// Get implements mem.BufferPool. The content of the buffer is arbitrary.
func (p *tieredPool) Get(length int) *[]byte {
	tier := tierOf(length)
	if tier >= len(p) {
		buffer := make([]byte, length)
		return &buffer
	}
	if buffer, ok := p[tier].Get().(*[]byte); ok {
		*buffer = (*buffer)[:length]
		return buffer
	}
	buffer := make([]byte, length, 1<<(minBufferBits+tier))
	return &buffer
}

// Put implements mem.BufferPool.
func (p *tieredPool) Put(buffer *[]byte) {
	if tier := tierOf(cap(*buffer)); tier < len(p) && cap(*buffer) == 1<<(minBufferBits+tier) {
		p[tier].Put(buffer)
	}
}

// tierOf returns the tier whose buffers hold size bytes, beyond the last for
// what no tier holds.
func tierOf(size int) int {
	return max(0, bits.Len(uint(max(size, 1)-1))-minBufferBits)
}
