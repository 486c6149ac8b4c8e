package message

import (
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
)

// envelope stands in for a stream's message while it is received: it takes
// what grpc-go would not hand on.
type envelope struct {
	message any
	bytes   int
	err     error
}

// codec decodes into envelopes; everything else it leaves to the inner codec.
type codec struct {
	encoding.CodecV2

	limit int
}

// Unmarshal never fails on an envelope: the error is inside.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	e, ok := v.(*envelope)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	e.bytes = data.Len()
	if e.bytes > c.limit {
		e.err = tooLarge(e.bytes, c.limit)
	} else if err := c.CodecV2.Unmarshal(data, e.message); err != nil {
		e.err = malformed(err)
	}
	return nil
}
