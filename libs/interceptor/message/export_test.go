package message

import "google.golang.org/grpc/encoding"

// Codec is the codec of [Messages.ServerOptions].
func (m *Messages) Codec() encoding.CodecV2 { return m.codec }
