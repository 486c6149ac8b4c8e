package wire

import (
	"math"
	"unicode/utf8"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// UploadRequest is a received sluice.fileupload.v1.UploadFileRequest whose data
// still lies in the transport's buffers.
//
// One can be decoded into again and again; each time it first gives back what
// it held. Not safe for concurrent use.
type UploadRequest struct {
	FileName    string
	Offset      int64
	TotalSize   *int64
	IsLastChunk bool
	Checksum    string
	UploadID    string
	ContentType string
	CRC32C      *uint32
	Metadata    map[string]string
	IfAbsent    bool
	ExpireTime  *timestamppb.Timestamp

	// Data is the chunk in pieces, in order. It is valid until Free.
	Data [][]byte
	// Size is the length of the chunk in bytes.
	Size int

	buffers mem.BufferSlice
	crc     uint32
}

// PayloadBytes is the length of the chunk in bytes.
func (m *UploadRequest) PayloadBytes() int { return m.Size }

// Descriptor is the schema of the message.
func (m *UploadRequest) Descriptor() protoreflect.MessageDescriptor {
	return (*fileuploadv1.UploadFileRequest)(nil).ProtoReflect().Descriptor()
}

// Free gives the transport's buffers back and empties the message. It may be
// called more than once.
func (m *UploadRequest) Free() {
	m.buffers.Free()
	clear(m.buffers)
	clear(m.Data)
	*m = UploadRequest{Data: m.Data[:0], buffers: m.buffers[:0]}
}

// decode reads the message. The fields of a chunk are read in place; anything
// rarer (metadata, unknown fields, malformed data) goes through the standard
// decoder, so that its rules hold here too.
func (m *UploadRequest) decode(data mem.BufferSlice) error {
	m.Free()
	if m.decodeInPlace(data) {
		data.Ref()
		m.buffers = append(m.buffers, data...)
		return nil
	}
	m.Free()
	return m.decodeStandard(data)
}

func (m *UploadRequest) decodeInPlace(data mem.BufferSlice) bool {
	c := newCursor(data)
	for !c.atEnd() {
		tag, ok := c.varint()
		if !ok || tag > math.MaxUint32 {
			return false
		}
		number, kind := protowire.DecodeTag(tag)
		if !m.decodeField(&c, number, kind) {
			return false
		}
	}
	return true
}

// decodeField reads one field, and reports false for one that the standard
// decoder has to judge.
func (m *UploadRequest) decodeField(c *cursor, number protowire.Number, kind protowire.Type) bool {
	switch kind {
	case protowire.VarintType:
		value, ok := c.varint()
		return ok && m.setVarint(number, value)
	case protowire.Fixed32Type:
		value, ok := c.fixed32()
		m.crc = value
		m.CRC32C = &m.crc
		return ok && number == 9
	case protowire.BytesType:
		length, ok := c.varint()
		if !ok || length > math.MaxInt32 {
			return false
		}
		return m.setBytes(c, number, int(length))
	default:
		return false
	}
}

func (m *UploadRequest) setVarint(number protowire.Number, value uint64) bool {
	switch number {
	case 3:
		m.Offset = int64(value)
	case 4:
		size := int64(value)
		m.TotalSize = &size
	case 5:
		m.IsLastChunk = value != 0
	default:
		return false
	}
	return true
}

func (m *UploadRequest) setBytes(c *cursor, number protowire.Number, length int) bool {
	if number == 2 {
		var ok bool
		m.Data, ok = c.segments(m.Data[:0], length)
		m.Size = length
		return ok
	}
	field := m.textField(number)
	if field == nil {
		return false
	}
	text, ok := c.text(length)
	*field = text
	return ok && utf8.ValidString(text)
}

func (m *UploadRequest) textField(number protowire.Number) *string {
	switch number {
	case 1:
		return &m.FileName
	case 6:
		return &m.Checksum
	case 7:
		return &m.UploadID
	case 8:
		return &m.ContentType
	default:
		return nil
	}
}

func (m *UploadRequest) decodeStandard(data mem.BufferSlice) error {
	var request fileuploadv1.UploadFileRequest
	if err := proto.Unmarshal(data.Materialize(), &request); err != nil {
		return err
	}
	m.FileName = request.GetFileName()
	m.Offset = request.GetOffset()
	m.TotalSize = request.TotalSize
	m.IsLastChunk = request.GetIsLastChunk()
	m.Checksum = request.GetChecksum()
	m.UploadID = request.GetUploadId()
	m.ContentType = request.GetContentType()
	m.CRC32C = request.Crc32C
	m.Metadata = request.GetMetadata()
	m.IfAbsent, m.ExpireTime = request.GetIfAbsent(), request.GetExpireTime()
	m.Size = len(request.GetData())
	if m.Size > 0 {
		m.Data = append(m.Data, request.GetData())
	}
	return nil
}
