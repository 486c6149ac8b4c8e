package wire

import (
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
)

// DownloadChunkBytes is the most that a [DownloadChunk] carries. What a slow
// reader has the server hold is a few of these.
const DownloadChunkBytes = 64 << 10

// DownloadChunk is a sluice.fileupload.v1.DownloadFileResponse with data, which
// is sent from the buffer that it was read into.
type DownloadChunk struct {
	Offset int64
	CRC32C uint32
	data   *[]byte
}

// NewDownloadChunk returns a chunk with room for size bytes, at most
// [DownloadChunkBytes]. Sending it ends its life; one that is not sent is
// dropped.
func NewDownloadChunk(offset int64, size int) *DownloadChunk {
	return &DownloadChunk{Offset: offset, data: messageBuffers.Get(size)}
}

// Data is the room for the chunk's bytes.
func (m *DownloadChunk) Data() []byte { return *m.data }

// encode hands the data over to the transport, which gives its buffer back to
// the pool when it is sent.
func (m *DownloadChunk) encode() mem.BufferSlice {
	header := make([]byte, 0, 32)
	if m.Offset != 0 {
		header = protowire.AppendTag(header, 2, protowire.VarintType)
		header = protowire.AppendVarint(header, uint64(m.Offset))
	}
	header = protowire.AppendTag(header, 4, protowire.Fixed32Type)
	header = protowire.AppendFixed32(header, m.CRC32C)
	header = protowire.AppendTag(header, 3, protowire.BytesType)
	header = protowire.AppendVarint(header, uint64(len(*m.data)))
	return mem.BufferSlice{mem.SliceBuffer(header), mem.NewBuffer(m.data, &messageBuffers)}
}
