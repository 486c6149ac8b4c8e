package message_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	middleware "github.com/grpc-ecosystem/go-grpc-middleware/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/sluice-ingest/sluice/libs/interceptor/message"
)

// watcher notes what a hook is told.
type watcher struct {
	name   string
	seen   *[]string
	refuse error
}

func (s watcher) Waiting() { *s.seen = append(*s.seen, s.name+" waits") }

func (s watcher) Received(bytes int) error {
	*s.seen = append(*s.seen, fmt.Sprintf("%s received %t", s.name, bytes > 0))
	return s.refuse
}

// answering is a stream that receives.
type answering struct {
	grpc.ServerStream

	ctx context.Context
}

func (a answering) Context() context.Context { return a.ctx }
func (a answering) RecvMsg(any) error        { return nil }

func TestHooksSeeEachMessageFromTheOutside(t *testing.T) {
	var seen []string
	ctx := message.WithHook(t.Context(), watcher{name: "outer", seen: &seen})
	ctx = message.WithHook(ctx, watcher{name: "inner", seen: &seen})
	require.NoError(t, receiveOnce(ctx))
	require.Equal(t, []string{"outer waits", "inner waits", "outer received false", "inner received false"}, seen)
}

func TestAHookEndsTheStream(t *testing.T) {
	var seen []string
	refusal := errors.New("no more")
	ctx := message.WithHook(t.Context(), watcher{name: "outer", seen: &seen, refuse: refusal})
	ctx = message.WithHook(ctx, watcher{name: "inner", seen: &seen})
	require.ErrorIs(t, receiveOnce(ctx), refusal)
	require.Equal(t, []string{"outer waits", "inner waits", "outer received false"}, seen)
}

func TestStreamsDoNotShareHooks(t *testing.T) {
	var seen []string
	base := message.WithHook(t.Context(), watcher{name: "base", seen: &seen})
	first := message.WithHook(base, watcher{name: "first", seen: &seen})
	_ = message.WithHook(base, watcher{name: "second", seen: &seen})
	require.NoError(t, receiveOnce(first))
	require.NotContains(t, seen, "second waits")
}

func receiveOnce(ctx context.Context) error {
	messages := message.New("test", nil, 0, prometheus.NewRegistry())
	wrapped := middleware.WrapServerStream(answering{ctx: ctx})
	return messages.Stream(nil, wrapped, &grpc.StreamServerInfo{FullMethod: "/s/m"}, func(_ any, stream grpc.ServerStream) error {
		return stream.RecvMsg(nil)
	})
}
