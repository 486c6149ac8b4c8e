package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// exchange is one stream of a sending that the server has greeted.
type exchange[R receipt] struct {
	sending *sending[R]
	stream  grpc.ClientStream
	answer  *answer[R]

	streamCtx context.Context
	cancel    context.CancelCauseFunc
	// ctx ends when the server has answered.
	ctx     context.Context
	helpers sync.WaitGroup
}

// open opens a stream, names the producer and waits for the Hello. The caller
// closes the exchange.
func (s *sending[R]) open(ctx context.Context) (*exchange[R], error) {
	streamCtx, cancel := context.WithCancelCause(ctx)
	stream, err := s.service.collect(streamCtx, grpc.ForceCodecV2(s.client.codec))
	if err != nil {
		cancel(nil)
		return nil, s.fail(ctx, err)
	}
	answered, end := context.WithCancel(streamCtx)
	x := &exchange[R]{
		sending: s, stream: stream, answer: newAnswer(stream, s.service.newReceipt()),
		streamCtx: streamCtx, cancel: cancel, ctx: answered,
	}
	x.helpers.Go(func() {
		defer end()
		x.answer.receive()
	})
	if err := x.greet(ctx); err != nil {
		x.close()
		return nil, err
	}
	return x, nil
}

// close ends the stream and waits for its goroutines. It may be called again.
func (x *exchange[R]) close() {
	x.cancel(nil)
	x.helpers.Wait()
}

// hello is set once the exchange is open.
func (x *exchange[R]) hello() *streamv1.Hello { return x.answer.hello }

// greet sends the producer's name alone and waits for the Hello.
func (x *exchange[R]) greet(ctx context.Context) error {
	s := x.sending
	sent := x.stream.SendMsg(s.service.header(s.producerID, s.epoch))
	if sent == nil || errors.Is(sent, io.EOF) {
		<-x.answer.greeted
		if x.hello() != nil {
			return nil
		}
		// The stream has ended, or it does with its sending side.
		sent = x.stream.CloseSend()
	}
	if err := x.finish(ctx, sent); err != nil {
		return err
	}
	return s.refusal(codes.Unimplemented,
		fmt.Errorf("the server tells no position to go on from: it is no Sluice server that takes %s in", s.service.items()))
}
