package lifetime

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/sluice-ingest/sluice/libs/interceptor/message"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

var (
	clientStream = &grpc.StreamServerInfo{FullMethod: "/s/Send", IsClientStream: true}
	serverStream = &grpc.StreamServerInfo{FullMethod: "/s/Watch", IsServerStream: true}
)

// arrival is a message of a client.
type arrival struct {
	after time.Duration
	bytes int
}

// script is a stream whose client sends by a script and then keeps silent, or
// closes its side.
type script struct {
	grpc.ServerStream

	ctx      context.Context
	arrivals []arrival
	closes   bool
	// begun is when the arrival next began to come in.
	begun time.Time
	next  int
	// last is the size of the last message.
	last int
	// sent counts the messages to the client.
	sent int
}

func (s *script) Context() context.Context { return s.ctx }

func (s *script) SendMsg(any) error {
	s.sent++
	return nil
}

// RecvMsg ends with the call, as grpc-go's: not with a context of a link.
func (s *script) RecvMsg(any) error {
	if s.next == len(s.arrivals) {
		if s.closes {
			return io.EOF
		}
		<-s.ctx.Done()
		return context.Cause(s.ctx)
	}
	select {
	case <-time.After(time.Until(s.begun.Add(s.arrivals[s.next].after))):
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	}
	s.last = s.arrivals[s.next].bytes
	s.next++
	s.begun = time.Now()
	return nil
}

// every returns n messages that come after the same time each.
func every(after time.Duration, bytes, n int) []arrival {
	arrivals := make([]arrival, n)
	for i := range arrivals {
		arrivals[i] = arrival{after: after, bytes: bytes}
	}
	return arrivals
}

// call runs a stream through a Lifetime and returns how it ended, and when.
func call(
	t *testing.T, cfg Config, who principal.Principal, info *grpc.StreamServerInfo, s *script, handler grpc.StreamHandler,
) (lasted time.Duration, err error) {
	t.Helper()
	require.NoError(t, cfg.Validate())
	reg := prometheus.NewRegistry()
	l := New("test", cfg, reg)
	l.random = func() float64 { return 0.5 }
	ctx, hangUp := context.WithCancel(principal.With(t.Context(), who))
	defer hangUp()
	s.ctx, s.begun = ctx, time.Now()
	begun := time.Now()
	seen := make(chan context.Context, 1)
	err = l.Stream(nil, s, info, func(srv any, s grpc.ServerStream) error {
		seen <- s.Context()
		return handler(srv, s)
	})
	lasted = time.Since(begun)
	requireCounted(t, l, context.Cause(<-seen))
	return lasted, err
}

// requireCounted checks that a stream is counted once, if its context was cut.
func requireCounted(t *testing.T, l *Lifetime, cause error) {
	t.Helper()
	for _, reason := range []problem.Reason{
		problem.TokenExpired, problem.CredentialsRevoked, problem.StreamTooOld, problem.StreamIdle, problem.StreamTooSlow,
	} {
		want := 0.0
		if problem.ReasonOf(cause) == reason {
			want = 1
		}
		require.InDelta(t, want, testutil.ToFloat64(l.cuts.total.WithLabelValues(string(reason))), 0, reason)
	}
}

// receiveAll receives as the message link and package ingest do: ahead, so that
// the handler ends when its context does. Each message takes work.
func receiveAll(work time.Duration) grpc.StreamHandler {
	return func(_ any, s grpc.ServerStream) error {
		ended := make(chan error, 1)
		go func() { ended <- receive(s, work) }()
		select {
		case err := <-ended:
			return err
		case <-s.Context().Done():
			return context.Cause(s.Context())
		}
	}
}

func receive(s grpc.ServerStream, work time.Duration) error {
	hook, _ := s.(*stream)
	for {
		if err := s.RecvMsg(nil); err != nil {
			if errors.Is(err, io.EOF) {
				time.Sleep(work)
				return nil
			}
			return err
		}
		if hook != nil && hook.rate != nil {
			if err := hook.rate.Received(hook.ServerStream.(*script).last); err != nil {
				return err
			}
		}
		time.Sleep(work)
	}
}

// untilEnd waits for the end of the stream's context.
func untilEnd(_ any, s grpc.ServerStream) error {
	<-s.Context().Done()
	return s.Context().Err()
}

var _ message.Hook = (*rate)(nil)
