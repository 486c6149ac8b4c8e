package client

import (
	"hash/crc32"
	"sync"

	"google.golang.org/grpc/mem"
)

// headroom is the room before a chunk's bytes for the fields that go with
// them: offset, end mark, checksum of the file, CRC32C, and the tag and length
// of the bytes.
const headroom = 128

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// chunkPool hands out buffers for one chunk each. It is what mem.Buffer puts
// them back into.
type chunkPool struct {
	size int
	pool sync.Pool
}

func newChunkPool(size int) *chunkPool {
	p := &chunkPool{size: headroom + size}
	p.pool.New = func() any {
		buffer := make([]byte, p.size)
		return &buffer
	}
	return p
}

// Get returns a whole buffer, whatever the length asked for.
func (p *chunkPool) Get(int) *[]byte { return p.pool.Get().(*[]byte) }

// Put takes a buffer back.
func (p *chunkPool) Put(buffer *[]byte) { p.pool.Put(buffer) }

// chunk is a piece of a file on its way. Its bytes stand behind headroom in one
// pooled buffer, which gRPC and the digester share by reference count.
//
// The sender writes the header into the headroom while the digester may read
// the bytes behind it: they never touch the same byte.
type chunk struct {
	memory []byte
	buffer mem.Buffer
	size   int

	offset int64
	crc32c uint32
	// last ends the file, and checksum is the file's SHA-256 then.
	last     bool
	checksum string
}

// newChunk takes a buffer. The caller fills data, calls seal, and releases the
// chunk.
func (p *chunkPool) newChunk(offset int64) *chunk {
	memory := p.Get(p.size)
	return &chunk{memory: *memory, buffer: mem.NewBuffer(memory, p), offset: offset}
}

// room is where the bytes go.
func (c *chunk) room() []byte { return c.memory[headroom:] }

// seal fixes the number of bytes.
func (c *chunk) seal(size int) {
	c.size = size
	c.crc32c = crc32.Checksum(c.data(), castagnoli)
}

func (c *chunk) data() []byte { return c.memory[headroom : headroom+c.size] }

// share returns a reference of its own to the bytes. The taker frees it.
func (c *chunk) share() mem.Buffer { return c.buffer.Slice(headroom, headroom+c.size) }

func (c *chunk) end() int64 { return c.offset + int64(c.size) }

// release gives up the caller's reference.
func (c *chunk) release() { c.buffer.Free() }
