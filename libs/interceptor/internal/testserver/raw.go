package testserver

import (
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	protobuf "google.golang.org/protobuf/proto"
)

// Raw is a client's codec that sends []byte as it is, so that a test can send
// what no message encodes to.
type Raw struct{}

// Marshal takes []byte or nil.
func (Raw) Marshal(v any) (mem.BufferSlice, error) {
	data, _ := v.([]byte)
	return mem.BufferSlice{mem.SliceBuffer(data)}, nil
}

// Unmarshal takes protobuf messages.
func (Raw) Unmarshal(data mem.BufferSlice, v any) error {
	return protobuf.Unmarshal(data.Materialize(), v.(protobuf.Message))
}

// Name is that of the standard codec: the server must not notice.
func (Raw) Name() string { return proto.Name }
