package message

import (
	"google.golang.org/grpc"
)

// receiver is the stream as the handler sees it. There is one wrapper for
// everything that looks at each message; as with any stream, one goroutine at a
// time may receive.
type receiver struct {
	grpc.ServerStream

	limit    int
	counters counters
	hooks    []Hook
	// check is nil when there is nothing to check.
	check Check
	// envelope is used again for each message, to allocate nothing.
	envelope envelope
	// err ended the stream; receiving again returns it again.
	err error
}

// RecvMsg receives into m, or returns io.EOF, a problem, or a gRPC status.
func (r *receiver) RecvMsg(m any) error {
	if r.err == nil {
		r.err = r.receive(m)
	}
	return r.err
}

func (r *receiver) receive(m any) error {
	r.envelope = envelope{message: m}
	for _, hook := range r.hooks {
		hook.Waiting()
	}
	err := r.ServerStream.RecvMsg(&r.envelope)
	r.envelope.message = nil // The message is the handler's now.
	if err != nil {
		return explain(err, r.limit)
	}
	r.counters.received(r.envelope.bytes)
	for _, hook := range r.hooks {
		if err := hook.Received(r.envelope.bytes); err != nil {
			return err
		}
	}
	if r.envelope.err != nil || r.check == nil {
		return r.envelope.err
	}
	return r.check(m)
}
