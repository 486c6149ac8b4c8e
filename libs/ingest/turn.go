package ingest

// messageCost is what a message costs beside its bytes, in bytes: a byte that is
// written and hashed by itself takes 1.1 µs, as long as a KiB among others. Without
// it a flood of tiny messages would be nearly free, and take all turns.
const messageCost = 1 << 10

// Turn is the right to work on a stream's messages, which streams share; see
// package flow. It is for one goroutine, the handler's.
type Turn struct {
	stream *Stream
	taken  bool
}

// Turn returns a turn that is not taken yet. The caller ends it with Done, at the
// latest before the stream is closed.
func (s *Stream) Turn() *Turn { return &Turn{stream: s} }

// Take waits until a message of so many bytes may be worked on, or the stream
// ends. Who has the turn keeps it as long as that is fair.
func (t *Turn) Take(bytes int) error {
	f := t.stream.registry.flow
	if f == nil {
		return nil
	}
	take := f.Turns.Take
	if t.taken {
		take = f.Turns.Next
	}
	err := take(t.stream.ctx, t.stream.Principal.Tenant, messageCost+bytes)
	t.taken = err == nil
	return err
}

// Done leaves the turn to others, if it is taken.
func (t *Turn) Done() {
	if t.taken {
		t.stream.registry.flow.Turns.Done(t.stream.Principal.Tenant)
		t.taken = false
	}
}
