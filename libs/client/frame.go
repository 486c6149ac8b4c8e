package client

import (
	"bytes"
	"sync"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
)

// The fields that make a frame, of CollectDataPointsRequest and of
// CollectLogsRequest alike.
const (
	fieldSequence protowire.Number = 3
	fieldItems    protowire.Number = 4
)

// firstFrameBytes is the capacity of a new buffer for a frame. It grows with its
// first frames and keeps what it grew to.
const firstFrameBytes = 4 << 10

// frame is some items of a producer, encoded, on their way. Its bytes are
// shared by reference count: the window has one until the frame is durable, and
// each sending another.
type frame struct {
	sequence int64
	items    int
	// end is the number of items of the call up to the end of this frame.
	end    int64
	size   int
	buffer mem.Buffer
}

// newFrame makes a frame of what was appended to a buffer of the pool. A small
// one gets memory of its own size, so that it does not hold a large buffer.
func newFrame(sequence int64, items int, end int64, buffer *[]byte, pool *framePool) *frame {
	f := &frame{sequence: sequence, items: items, end: end, size: len(*buffer)}
	if len(*buffer) < cap(*buffer)/2 {
		f.buffer = mem.SliceBuffer(bytes.Clone(*buffer))
		pool.Put(buffer)
		return f
	}
	f.buffer = mem.NewBuffer(buffer, pool)
	return f
}

// encode returns a reference for gRPC.
func (f *frame) encode() mem.BufferSlice {
	f.buffer.Ref()
	return mem.BufferSlice{f.buffer}
}

// framePool hands out empty buffers to append to. It is what mem.Buffer puts
// them back into.
type framePool struct {
	pool sync.Pool
}

func newFramePool() *framePool {
	return &framePool{pool: sync.Pool{New: func() any {
		buffer := make([]byte, 0, firstFrameBytes)
		return &buffer
	}}}
}

// Get returns an empty buffer, whatever the length asked for.
func (p *framePool) Get(int) *[]byte { return p.pool.Get().(*[]byte) }

// Put takes a buffer back.
func (p *framePool) Put(buffer *[]byte) {
	*buffer = (*buffer)[:0]
	p.pool.Put(buffer)
}
