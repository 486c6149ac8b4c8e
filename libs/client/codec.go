package client

import (
	"google.golang.org/grpc/encoding"
	protocodec "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
)

// The fields of UploadFileRequest that go with a chunk.
const (
	fieldData     protowire.Number = 2
	fieldOffset   protowire.Number = 3
	fieldLast     protowire.Number = 5
	fieldChecksum protowire.Number = 6
	fieldCRC32C   protowire.Number = 9
)

// uploadMessage is an UploadFileRequest whose data is not copied: the header
// fields of the first message, a chunk, or both.
type uploadMessage struct {
	// header is encoded already; nil for none.
	header []byte
	chunk  *chunk
}

// hotMessage encodes itself. It returns buffers of its own reference count,
// which gRPC frees once they are on the wire.
type hotMessage interface {
	encode() mem.BufferSlice
}

// hotCodec lets a [hotMessage] encode itself and leaves everything else to
// gRPC's codec for protocol buffers. It is given to the calls that need it and
// never registered.
type hotCodec struct {
	encoding.CodecV2
}

func newHotCodec() hotCodec {
	return hotCodec{CodecV2: encoding.GetCodecV2(protocodec.Name)}
}

// Marshal returns buffers that gRPC frees.
func (c hotCodec) Marshal(v any) (mem.BufferSlice, error) {
	if m, ok := v.(hotMessage); ok {
		return m.encode(), nil
	}
	return c.CodecV2.Marshal(v) //nolint:wrapcheck // gRPC adds the context to a codec's error
}

// encode returns the header and the chunk, whose bytes go by reference.
func (m *uploadMessage) encode() mem.BufferSlice {
	var out mem.BufferSlice
	if m.header != nil {
		out = append(out, mem.SliceBuffer(m.header))
	}
	if m.chunk != nil {
		out = append(out, m.chunk.encode())
	}
	return out
}

// encode writes the chunk's fields before its bytes and returns a reference to
// both.
func (c *chunk) encode() mem.Buffer {
	var scratch [headroom]byte
	fields := c.appendFields(scratch[:0])
	start := headroom - len(fields)
	copy(c.memory[start:headroom], fields)
	return c.buffer.Slice(start, headroom+c.size)
}

// appendFields appends every field but the bytes of data, whose tag and length
// come last.
func (c *chunk) appendFields(b []byte) []byte {
	if c.last {
		b = protowire.AppendTag(b, fieldLast, protowire.VarintType)
		b = protowire.AppendVarint(b, 1)
	}
	if c.checksum != "" {
		b = protowire.AppendTag(b, fieldChecksum, protowire.BytesType)
		b = protowire.AppendString(b, c.checksum)
	}
	if c.size == 0 {
		return b
	}
	if c.offset != 0 {
		b = protowire.AppendTag(b, fieldOffset, protowire.VarintType)
		b = protowire.AppendVarint(b, uint64(c.offset))
	}
	b = protowire.AppendTag(b, fieldCRC32C, protowire.Fixed32Type)
	b = protowire.AppendFixed32(b, c.crc32c)
	b = protowire.AppendTag(b, fieldData, protowire.BytesType)
	return protowire.AppendVarint(b, uint64(c.size))
}
