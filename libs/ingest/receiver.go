package ingest

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
)

// Message is a message that a [Receiver] takes in again and again.
type Message interface {
	// Free gives back what the message holds.
	Free()
}

// receiveAhead is how many messages lie between the transport and the handler:
// one that the handler works on and one that is being received. With the
// stream's window this bounds what a stream can hold in memory.
const receiveAhead = 2

// Receiver takes a stream's messages in ahead of its handler, so that the
// handler is never stuck in a receive when the stream is cut, and receiving
// goes on beside its work. Its goroutine ends with the handler, whose return
// ends the call. Next, Release and Close are for one goroutine, the handler's.
type Receiver[M Message] struct {
	ctx   context.Context
	ready chan M
	free  chan M
	// err is set before ready is closed.
	err error
}

// Receive starts to take messages in. ctx is that of the [Stream]; newMessage
// makes an empty message.
func Receive[M Message](ctx context.Context, stream grpc.ServerStream, newMessage func() M) *Receiver[M] {
	r := &Receiver[M]{ctx: ctx, ready: make(chan M, receiveAhead), free: make(chan M, receiveAhead)}
	for range receiveAhead {
		r.free <- newMessage()
	}
	go r.run(stream)
	return r
}

func (r *Receiver[M]) run(stream grpc.ServerStream) {
	defer close(r.ready)
	for {
		select {
		case message := <-r.free:
			if err := stream.RecvMsg(message); err != nil {
				message.Free()
				r.err = err
				return
			}
			r.ready <- message
		case <-r.ctx.Done():
			r.err = context.Cause(r.ctx)
			return
		}
	}
}

// Next returns the next message, which the caller gives back with Release
// before it calls Next again more than once. The error is io.EOF when the client
// closed its side after the last message, and the cause when the stream was
// cut.
func (r *Receiver[M]) Next() (M, error) {
	var none M
	// A cut stream ends here even if more has come in.
	if r.ctx.Err() != nil {
		return none, context.Cause(r.ctx)
	}
	select {
	case message, ok := <-r.ready:
		if !ok {
			return none, r.ending()
		}
		return message, nil
	case <-r.ctx.Done():
		return none, context.Cause(r.ctx)
	}
}

// ending prefers the reason of a cut to what the transport made of it.
func (r *Receiver[M]) ending() error {
	if !errors.Is(r.err, io.EOF) && r.ctx.Err() != nil {
		return context.Cause(r.ctx)
	}
	return r.err
}

// Release gives a message back to be received into again.
func (r *Receiver[M]) Release(message M) {
	message.Free()
	r.free <- message
}

// Close frees what was received and not asked for. Call it after the stream's
// context has ended. A message that comes in after it is left to the garbage
// collector.
func (r *Receiver[M]) Close() {
	for {
		select {
		case message, ok := <-r.ready:
			if !ok {
				return
			}
			message.Free()
		default:
			return
		}
	}
}
