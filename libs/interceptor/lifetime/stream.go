package lifetime

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/sluice-ingest/sluice/libs/interceptor/message"
)

// stream is a stream with a bounded life.
type stream struct {
	grpc.ServerStream

	ctx  context.Context
	life *life
	// rate is nil without a least rate.
	rate *rate
	// sends tells that the messages sent are many, of which the rest is worth
	// nothing after a cut. The one answer to a client stream still is.
	sends bool
}

func wrap(inner grpc.ServerStream, l *life, info *grpc.StreamServerInfo) *stream {
	s := &stream{ServerStream: inner, ctx: l.ctx, life: l, sends: info.IsServerStream}
	if l.bounds.bytesPerSecond > 0 {
		s.rate = &rate{life: l}
		s.ctx = message.WithHook(s.ctx, s.rate)
	}
	return s
}

// Context ends with the stream's life.
func (s *stream) Context() context.Context { return s.ctx }

// SendMsg fails with the cause once a server stream was cut.
func (s *stream) SendMsg(m any) error {
	if cause := s.life.cause.Load(); cause != nil && s.sends {
		return cause
	}
	return s.ServerStream.SendMsg(m)
}

// RecvMsg fails with the cause once the stream was cut. It times the wait itself
// instead of by the message link's hook: between a message and the hook an outer
// link may hold it up, and a receive that fails, as at the end of the stream,
// never gets there.
func (s *stream) RecvMsg(m any) error {
	if cause := s.life.cause.Load(); cause != nil {
		return cause
	}
	since := time.Since(s.life.begun)
	s.life.waitingSince.Store(int64(since) + 1)
	err := s.ServerStream.RecvMsg(m)
	s.life.waitingSince.Store(0)
	if s.rate != nil {
		s.rate.waited += time.Since(s.life.begun) - since
	}
	return err
}
