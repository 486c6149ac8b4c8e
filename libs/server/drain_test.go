package server_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const (
	// never is a time that no test waits for.
	never = time.Hour
	// soon is a time that every test waits for.
	soon = 20 * time.Millisecond
)

// hello sends what open waits for.
func hello(stream grpc.ServerStream) error { return stream.SendMsg(&emptypb.Empty{}) }

func TestStreamThatEndsWithinTheGraceIsNotCut(t *testing.T) {
	cfg := loopback()
	cfg.DrainGrace, cfg.DrainTimeout = never, never
	began := make(chan struct{})
	opts := options()
	opts.BeginDrain = func() { close(began) }
	opts.Drain = func(context.Context) { t.Error("the stream is cut") }
	s := start(t, cfg, opts, func(stream grpc.ServerStream) error {
		if err := hello(stream); err != nil {
			return err
		}
		return stream.RecvMsg(&emptypb.Empty{})
	})
	stream := open(t, dial(t, s.grpc, nil))

	s.shutdown()
	<-began
	require.NoError(t, stream.SendMsg(&emptypb.Empty{}), "the stream goes on")
	require.NoError(t, s.end(t))
	require.ErrorContains(t, stream.RecvMsg(&emptypb.Empty{}), "EOF", "the stream ended well")
}

func TestStreamIsCutAfterTheGrace(t *testing.T) {
	cfg := loopback()
	cfg.DrainGrace, cfg.DrainTimeout = soon, never
	cut := make(chan struct{})
	opts := options()
	opts.Drain = func(context.Context) { close(cut) }
	s := start(t, cfg, opts, func(stream grpc.ServerStream) error {
		if err := hello(stream); err != nil {
			return err
		}
		<-cut
		return status.Error(codes.Unavailable, "cut")
	})
	stream := open(t, dial(t, s.grpc, nil))

	require.NoError(t, s.end(t))
	require.Equal(t, status.Error(codes.Unavailable, "cut").Error(), stream.RecvMsg(&emptypb.Empty{}).Error())
}

func TestClientThatDoesNotReadDoesNotHoldUpTheDrain(t *testing.T) {
	cfg := loopback()
	cfg.DrainGrace, cfg.DrainTimeout = soon, never
	cut, blocked := make(chan struct{}), make(chan struct{})
	opts := options()
	opts.Drain = func(context.Context) { close(cut) }
	s := start(t, cfg, opts, func(stream grpc.ServerStream) error {
		// More than all windows hold, so that the answer never gets out.
		go func() {
			defer close(blocked)
			for stream.SendMsg(wrapperspb.Bytes(make([]byte, 1<<20))) == nil {
			}
		}()
		<-cut
		return status.Error(codes.Unavailable, "cut")
	})
	stream, err := newStream(t, dial(t, s.grpc, nil, grpc.WithStaticStreamWindowSize(64<<10)))
	require.NoError(t, err)
	require.NoError(t, stream.RecvMsg(&wrapperspb.BytesValue{}), "the handler runs")

	require.NoError(t, s.end(t))
	<-blocked
	for err == nil {
		err = stream.RecvMsg(&wrapperspb.BytesValue{})
	}
	require.Equal(t, codes.Unavailable, status.Code(err))
}

func TestBoundHolds(t *testing.T) {
	const bound = 100 * time.Millisecond
	release := make(chan struct{})
	defer close(release)
	tests := []struct {
		name string
		wait func(grpc.ServerStream)
		most time.Duration
	}{
		{"over a stream that ends with its context only", func(stream grpc.ServerStream) { <-stream.Context().Done() }, 900 * time.Millisecond},
		{"over a stream that never ends", func(grpc.ServerStream) { <-release }, patience},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cfg := loopback()
			cfg.DrainGrace, cfg.DrainTimeout = soon, bound
			opts := options()
			opts.Drain = func(ctx context.Context) { <-ctx.Done() }
			s := start(t, cfg, opts, func(stream grpc.ServerStream) error {
				if err := hello(stream); err != nil {
					return err
				}
				test.wait(stream)
				return nil
			})
			stream := open(t, dial(t, s.grpc, nil))

			began := time.Now()
			require.ErrorContains(t, s.end(t), "drain: streams were still open after 100ms and were closed by force")
			require.GreaterOrEqual(t, time.Since(began), bound)
			require.Less(t, time.Since(began), test.most)
			require.Equal(t, codes.Unavailable, status.Code(stream.RecvMsg(&emptypb.Empty{})))
		})
	}
}

func TestBoundHoldsOverACutThatBlocks(t *testing.T) {
	cfg := loopback()
	cfg.DrainGrace, cfg.DrainTimeout = soon, 5*soon
	cut, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	opts := options()
	opts.Drain = func(context.Context) {
		close(cut)
		<-release
	}
	s := start(t, cfg, opts, func(stream grpc.ServerStream) error {
		err := hello(stream)
		<-cut
		return err
	})
	open(t, dial(t, s.grpc, nil))
	require.ErrorContains(t, s.end(t), "drain: the service was not done with its streams after 100ms")
}

func TestDrainIsVisibleAndRefusesNewStreams(t *testing.T) {
	cfg := loopback()
	cfg.DrainGrace, cfg.DrainTimeout = never, never
	began, release := make(chan struct{}), make(chan struct{})
	opts := options()
	opts.BeginDrain = func() { close(began) }
	s := start(t, cfg, opts, func(stream grpc.ServerStream) error {
		err := hello(stream)
		<-release
		return err
	})
	conn := dial(t, s.grpc, nil)
	open(t, conn)
	ctx, stopWatch := context.WithCancel(t.Context())
	watch, err := healthv1.NewHealthClient(conn).Watch(ctx, &healthv1.HealthCheckRequest{Service: "test.Streams"})
	require.NoError(t, err)
	expect(t, watch, healthv1.HealthCheckResponse_SERVING)

	s.shutdown()
	<-began
	expect(t, watch, healthv1.HealthCheckResponse_NOT_SERVING)
	code, body := get(t, "http://"+s.admin+"/readyz")
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Equal(t, "draining\n", body)
	code, _ = get(t, "http://"+s.admin+"/healthz")
	require.Equal(t, http.StatusOK, code)

	require.Eventually(t, func() bool { return connect(t, s.grpc) != nil }, patience, soon, "the listener stays open")
	late, err := newStream(t, dial(t, s.grpc, nil))
	if err == nil {
		err = late.RecvMsg(&emptypb.Empty{})
	}
	require.Equal(t, codes.Unavailable, status.Code(err))

	stopWatch()
	close(release)
	require.NoError(t, s.end(t))
}

func expect(t *testing.T, watch grpc.ServerStreamingClient[healthv1.HealthCheckResponse], want healthv1.HealthCheckResponse_ServingStatus) {
	t.Helper()
	answer, err := watch.Recv()
	require.NoError(t, err)
	require.Equal(t, want, answer.GetStatus())
}

func TestIdleWatchersDoNotHoldUpTheDrain(t *testing.T) {
	cfg := loopback()
	cfg.DrainGrace, cfg.DrainTimeout = soon, never
	s := start(t, cfg, options(), refuse)
	conn := dial(t, s.grpc, nil)
	watch, err := healthv1.NewHealthClient(conn).Watch(t.Context(), &healthv1.HealthCheckRequest{})
	require.NoError(t, err)
	expect(t, watch, healthv1.HealthCheckResponse_SERVING)
	reflection, err := reflectionv1.NewServerReflectionClient(conn).ServerReflectionInfo(t.Context())
	require.NoError(t, err)
	require.NoError(t, reflection.Send(&reflectionv1.ServerReflectionRequest{
		MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{},
	}))
	_, err = reflection.Recv()
	require.NoError(t, err)

	require.NoError(t, s.end(t))
	_, err = reflection.Recv()
	require.Equal(t, codes.Unavailable, status.Code(err))
}
