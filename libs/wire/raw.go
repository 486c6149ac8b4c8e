package wire

import "google.golang.org/grpc/mem"

// Raw is a received message that its service decodes itself. Its bytes lie in
// one piece: where the transport received them in several, they are copied
// together once.
//
// One can be received into again and again; each time it first gives back what
// it held. Not safe for concurrent use.
type Raw struct {
	// Bytes is the encoded message. It is valid until Free.
	Bytes []byte

	buffer mem.Buffer
}

// PayloadBytes is the length of the encoded message in bytes.
func (m *Raw) PayloadBytes() int { return len(m.Bytes) }

// Free gives the transport's buffer back and empties the message. It may be
// called more than once.
func (m *Raw) Free() {
	if m.buffer != nil {
		m.buffer.Free()
	}
	*m = Raw{}
}

func (m *Raw) decode(data mem.BufferSlice) error { //nolint:unparam // other messages can fail
	m.Free()
	if data.Len() == 0 {
		return nil
	}
	m.buffer = data.MaterializeToBuffer(&messageBuffers)
	m.Bytes = m.buffer.ReadOnlyData()
	return nil
}
