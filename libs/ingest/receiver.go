package ingest

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
)

// Message is a message that a [Receiver] takes in again and again.
type Message interface {
	// PayloadBytes is how much the message holds.
	PayloadBytes() int
	// Free gives back what the message holds.
	Free()
}

// receiveAhead is how many messages lie between the transport and the handler:
// one that the handler works on and one that is being received. With the
// stream's window this bounds what a stream can hold in memory.
const receiveAhead = 2

// crowd is the number of open streams beyond which [Receive] does not receive ahead: a
// message that nobody works on yet is better left with its client, whose window bounds it,
// than put together for each of a thousand streams.
const crowd = 128

// Receiver takes a stream's messages in ahead of its handler, so that the
// handler is never stuck in a receive when the stream is cut, and receiving
// goes on beside its work. Its goroutine ends with the handler, whose return
// ends the call. Next, Release and Close are for one goroutine, the handler's.
type Receiver[M Message] struct {
	stream *Stream
	ctx    context.Context //nolint:containedctx // the stream's, which the receiver lives as long as
	ready  chan M
	free   chan M
	// alwaysAhead has messages come in ahead among many streams too.
	alwaysAhead bool
	// asked holds at most one sign that the handler wants a message.
	asked chan struct{}
	// err is set before ready is closed.
	err error
}

// Receive starts to take the messages of a stream in, whose call is rpc;
// newMessage makes an empty message. While more than 128 streams are open, it takes in
// no message that the handler does not wait for.
func Receive[M Message](stream *Stream, rpc grpc.ServerStream, newMessage func() M) *Receiver[M] {
	return receive(stream, rpc, newMessage, false)
}

// ReceiveAhead is [Receive] that takes messages in ahead however many streams are
// open, for messages that are small.
func ReceiveAhead[M Message](stream *Stream, rpc grpc.ServerStream, newMessage func() M) *Receiver[M] {
	return receive(stream, rpc, newMessage, true)
}

func receive[M Message](stream *Stream, rpc grpc.ServerStream, newMessage func() M, always bool) *Receiver[M] {
	r := &Receiver[M]{
		stream: stream, ctx: stream.Context(), alwaysAhead: always,
		ready: make(chan M, receiveAhead), free: make(chan M, receiveAhead), asked: make(chan struct{}, 1),
	}
	for range receiveAhead {
		r.free <- newMessage()
	}
	go r.run(rpc)
	return r
}

func (r *Receiver[M]) run(rpc grpc.ServerStream) {
	defer close(r.ready)
	for {
		select {
		case message := <-r.free:
			err := r.awaitDemand()
			if err == nil {
				err = r.receive(rpc, message)
			}
			if err != nil {
				message.Free()
				r.err = err
				return
			}
			r.answered()
			r.ready <- message
		case <-r.ctx.Done():
			r.err = context.Cause(r.ctx)
			return
		}
	}
}

// awaitDemand waits, among many streams, until the handler wants a message.
func (r *Receiver[M]) awaitDemand() error {
	if r.alwaysAhead || !r.stream.registry.crowded() {
		return nil
	}
	select {
	case <-r.asked:
		return nil
	case <-r.ctx.Done():
		return context.Cause(r.ctx)
	}
}

// ask tells that the handler wants a message.
func (r *Receiver[M]) ask() {
	select {
	case r.asked <- struct{}{}:
	default:
	}
}

// answered takes back what the handler asked for while a message came in anyway.
func (r *Receiver[M]) answered() {
	select {
	case <-r.asked:
	default:
	}
}

// receive waits for a message, and then for the memory that it takes.
func (r *Receiver[M]) receive(rpc grpc.ServerStream, message M) error {
	if err := rpc.RecvMsg(message); err != nil {
		return err
	}
	if r.stream.account == nil {
		return nil
	}
	return r.stream.account.Hold(r.ctx, message.PayloadBytes())
}

// Ready tells whether a message has come in that Next would return at once.
func (r *Receiver[M]) Ready() bool { return len(r.ready) > 0 }

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
	if !r.Ready() {
		r.ask()
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
	bytes := message.PayloadBytes()
	message.Free()
	if r.stream.account != nil {
		r.stream.account.GiveBack(bytes)
	}
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
