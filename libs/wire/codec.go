// Package wire is the codec of the hot path: it decodes and encodes the few
// messages that carry bulk data by hand, without copying their payload, and
// leaves every other message to the standard codec.
package wire

import (
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
)

// received is a hot message on its way in: it decodes itself from the buffers that the
// transport received and keeps references to those it needs.
type received interface {
	decode(data mem.BufferSlice) error
}

// sent is a hot message on its way out.
type sent interface {
	encode() mem.BufferSlice
}

// Codec decodes and encodes hot messages by hand and hands everything else to the standard
// protobuf codec. Give it to a server with grpc.ForceServerCodecV2; it is never
// registered globally. Safe for concurrent use.
type Codec struct {
	standard encoding.CodecV2
}

// NewCodec returns a codec for a server.
func NewCodec() *Codec {
	return &Codec{standard: encoding.GetCodecV2(proto.Name)}
}

// Marshal encodes v. A hot message hands its buffers over.
func (c *Codec) Marshal(v any) (mem.BufferSlice, error) {
	if m, ok := v.(sent); ok {
		return m.encode(), nil
	}
	return c.standard.Marshal(v)
}

// Unmarshal decodes data into v. A hot message keeps references to data's
// buffers until its Free.
func (c *Codec) Unmarshal(data mem.BufferSlice, v any) error {
	if m, ok := v.(received); ok {
		return m.decode(data)
	}
	return c.standard.Unmarshal(data, v)
}

// Name is that of the standard codec: on the wire there is no difference.
func (c *Codec) Name() string { return proto.Name }
