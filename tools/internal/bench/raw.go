package bench

import (
	"google.golang.org/grpc/encoding"
	protocodec "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
)

// rawMessage is a message that was encoded before the clock started.
type rawMessage []byte

// rawCodec sends a [rawMessage] as it is, and leaves everything else to gRPC's
// codec. It is given to the calls that need it and never registered.
type rawCodec struct{ encoding.CodecV2 }

func newRawCodec() rawCodec {
	return rawCodec{encoding.GetCodecV2(protocodec.Name)}
}

// Marshal does not copy.
func (c rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	if m, ok := v.(rawMessage); ok {
		return mem.BufferSlice{mem.SliceBuffer(m)}, nil
	}
	return c.CodecV2.Marshal(v) //nolint:wrapcheck // gRPC adds the context to a codec's error
}
