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

// Unwrap returns the message of a service that an outer link finds in the hands of
// its stream's RecvMsg once that has received it.
func Unwrap(m any) any {
	if e, ok := m.(*envelope); ok {
		return e.message
	}
	return m
}

// codec decodes into envelopes, and takes the requests of unary calls; everything
// else it leaves to the inner codec.
type codec struct {
	encoding.CodecV2

	limit int
}

// Unmarshal never fails on an envelope: the error is inside.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	e, ok := v.(*envelope)
	if !ok {
		return c.request(data, v)
	}
	e.bytes = data.Len()
	if e.bytes > c.limit {
		e.err = tooLarge(e.bytes, c.limit)
	} else if err := c.CodecV2.Unmarshal(data, e.message); err != nil {
		e.err = refusal(err, data, e.message)
	}
	return nil
}

// refusal says why a message was not decoded. Only one of a schema is copied to be
// looked at.
func refusal(cause error, data mem.BufferSlice, message any) error {
	of := schema(message)
	if of == nil {
		return malformed(cause)
	}
	return undecodable(cause, data.Materialize(), of)
}
