package client

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc/codes"
)

// attempt sends what is not durable and what follows over one stream, and keeps
// the server's answer.
func (s *sending[R]) attempt(ctx context.Context) error {
	if err := s.rest(ctx); err != nil {
		return err
	}
	s.attempts++
	s.meter.attempt(s.attempts)
	x, err := s.greeted(ctx)
	if err != nil {
		return err
	}
	defer x.close()
	if err := s.adopt(x.hello()); err != nil {
		return err
	}
	x.helpers.Go(x.watch)
	if err := x.finish(ctx, x.sendAll()); err != nil {
		if s.window.idle() {
			s.idled++
			s.rests = idleCut(err)
		}
		return err
	}
	s.receipt = x.answer.response
	s.settle(s.receipt.GetPosition().GetDurable())
	if done, _ := s.window.ended(); !done {
		return s.refusal(codes.Internal, errors.New("the server answered before everything was sent and durable"))
	}
	return nil
}

// rest waits for something to do after a stream that had nothing.
func (s *sending[R]) rest(ctx context.Context) error {
	if !s.rests {
		return nil
	}
	s.rests = false
	s.meter.rest(s.attempts)
	return s.window.awaitWork(ctx)
}

// greeted opens a stream that can go on with new frames. When the producer has
// sent before, a stream without frames first asks for what it counted so far.
func (s *sending[R]) greeted(ctx context.Context) (*exchange[R], error) {
	x, err := s.open(ctx)
	if err != nil || s.earlier != nil {
		return x, err
	}
	if x.hello().GetNext() <= 1 {
		s.earlier = &epochCounts{}
		return x, nil
	}
	if err := s.recall(ctx, x); err != nil {
		return nil, err
	}
	return s.open(ctx)
}

// recall ends the stream and learns what the epoch counted before this call.
func (s *sending[R]) recall(ctx context.Context, x *exchange[R]) error {
	defer x.close()
	if err := x.finish(ctx, x.stream.CloseSend()); err != nil {
		return err
	}
	s.earlier = s.service.counts(x.answer.response, s.epoch)
	return nil
}

// sendAll sends the frames of the window until it is closed, and closes the
// stream.
func (x *exchange[R]) sendAll() error {
	for {
		f, err := x.sending.window.next(x.ctx)
		if err != nil {
			return err
		}
		if f == nil {
			x.sending.meter.enter(TransferFinishing)
			return x.stream.CloseSend() //nolint:wrapcheck // looked at by the caller
		}
		err = x.stream.SendMsg(f)
		f.buffer.Free()
		if err != nil {
			return err //nolint:wrapcheck // io.EOF is looked at by the caller
		}
		x.sending.meter.sent(f, f.sequence-x.sending.first+1)
	}
}

// finish waits for the answer behind what was sent and returns why there is
// none. sent is the outcome of the sending, which means nothing once the stream
// has ended.
func (x *exchange[R]) finish(ctx context.Context, sent error) error {
	if sent != nil && !errors.Is(sent, io.EOF) && x.ctx.Err() == nil {
		return x.sending.fail(ctx, sent)
	}
	<-x.answer.ended
	if watch, ok := errors.AsType[*watchError](context.Cause(x.streamCtx)); ok && !explained(x.answer.err) {
		return x.sending.located(ctx, watch.err)
	}
	if x.answer.err != nil {
		return x.sending.fail(ctx, x.answer.err)
	}
	return nil
}

// explained tells whether the server has given the reason of an error.
func explained(err error) bool {
	e := newError(err)
	return e != nil && e.Reason != ""
}
