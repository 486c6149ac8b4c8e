package address_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/peer"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/sluice-ingest/sluice/libs/interceptor/address"
	"github.com/sluice-ingest/sluice/libs/interceptor/internal/testserver"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/status"
)

// stream is a server's stream of a peer.
type stream struct {
	grpc.ServerStream

	ctx context.Context
}

func (s stream) Context() context.Context { return s.ctx }

func from(ctx context.Context, ip string) stream {
	return stream{ctx: peer.NewContext(ctx, &peer.Peer{Addr: &net.TCPAddr{IP: net.ParseIP(ip), Port: 1}})}
}

// open makes a stream whose handler is done at once, and converts its error as
// the chain does.
func open(l *address.Limit, s grpc.ServerStream, handler grpc.StreamHandler) error {
	return status.From(l.Stream(nil, s, &grpc.StreamServerInfo{FullMethod: testserver.StreamMethod}, handler))
}

func done(any, grpc.ServerStream) error { return nil }

func TestAFloodOfOpensIsRefusedAndHurtsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reg := prometheus.NewRegistry()
		l := address.New("test", address.Config{CallsPerSecond: 500, Burst: 1000}, reg)
		flood, neighbour := from(t.Context(), "192.0.2.1"), from(t.Context(), "192.0.2.2")
		const opens, seconds = 10_000, 3
		refused := 0
		for i := range opens * seconds {
			if err := open(l, flood, done); err != nil {
				st := testserver.RequireProblem(t, err, codes.ResourceExhausted, problem.RateLimited)
				delay := testserver.Detail[*errdetails.RetryInfo](st).GetRetryDelay().AsDuration()
				require.Positive(t, delay)
				require.LessOrEqual(t, delay, time.Second/500)
				refused++
			}
			if i%100 == 0 { // The neighbour opens 100 a second.
				require.NoError(t, open(l, neighbour, done))
			}
			<-time.After(time.Second / opens)
		}
		require.InDelta(t, opens*seconds-1000-500*seconds, refused, 2)
		require.NoError(t, testutil.GatherAndCompare(reg, strings.NewReader(`
# HELP sluice_test_limited_total Calls that were refused because of a limit, by its key in the configuration.
# TYPE sluice_test_limited_total counter
sluice_test_limited_total{limit="limits.address.calls_per_second"} 27501
`), "sluice_test_limited_total"))
	})
}

func TestStreamsOfAnAddressAreBounded(t *testing.T) {
	l := address.New("test", address.Config{Streams: 2}, prometheus.NewRegistry())
	first, same := from(t.Context(), "2001:db8::1"), from(t.Context(), "2001:db8::2")
	inTwo := func(body func() error) error {
		return open(l, first, func(any, grpc.ServerStream) error {
			return open(l, same, func(any, grpc.ServerStream) error { return body() })
		})
	}
	require.NoError(t, inTwo(func() error {
		err := open(l, first, done)
		st := testserver.RequireProblem(t, err, codes.ResourceExhausted, problem.TooManyStreams)
		violation := testserver.Detail[*errdetails.QuotaFailure](st).GetViolations()[0]
		require.Equal(t, "limits.address.streams", violation.GetQuotaMetric())
		require.Equal(t, int64(2), violation.GetQuotaValue())
		require.NotNil(t, testserver.Detail[*errdetails.RetryInfo](st))
		require.NoError(t, unary(first.ctx, l), "a unary call is no stream")
		return open(l, from(t.Context(), "2001:db8:0:1::1"), done)
	}))
	require.Panics(t, func() {
		_ = inTwo(func() error { panic("a handler") })
	})
	require.NoError(t, inTwo(func() error { return nil }), "their places are free again")
}

func unary(ctx context.Context, l *address.Limit) error {
	_, err := l.Unary(ctx, nil, &grpc.UnaryServerInfo{FullMethod: testserver.UnaryMethod}, func(context.Context, any) (any, error) { return nil, nil })
	return err
}

func TestUnaryCallsAndStreamsShareTheBucket(t *testing.T) {
	l := address.New("test", address.Config{CallsPerSecond: 1, Burst: 2}, prometheus.NewRegistry())
	s := from(t.Context(), "192.0.2.1")
	require.NoError(t, open(l, s, done))
	require.NoError(t, unary(s.ctx, l))
	require.Equal(t, problem.RateLimited, problem.ReasonOf(unary(s.ctx, l)))
	require.Equal(t, codes.ResourceExhausted, grpcstatus.Code(open(l, s, done)))
}

func TestPeersWithoutAnAddressCountAsOneAndHealthChecksDoNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := address.New("test", address.Config{CallsPerSecond: 1, Burst: 1}, prometheus.NewRegistry())
		conn := testserver.Start(t, func(context.Context, string) error { return nil },
			grpc.ChainUnaryInterceptor(l.Unary), grpc.ChainStreamInterceptor(l.Stream))
		for range 5 {
			_, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{})
			require.NoError(t, err)
		}
		_, err := testserver.CallUnary(t.Context(), conn, "x")
		require.NoError(t, err)
		require.Error(t, unary(t.Context(), l), "no peer at all is the same one")
	})
}

func TestNothingIsLimitedWithoutLimits(t *testing.T) {
	l := address.New("test", address.Config{Connections: 1}, prometheus.NewRegistry())
	s := from(t.Context(), "192.0.2.1")
	for range 1000 {
		require.NoError(t, open(l, s, done))
		require.NoError(t, unary(s.ctx, l))
	}
}

func BenchmarkStream(b *testing.B) {
	l := address.New("test", address.Config{CallsPerSecond: 1e9, Streams: 10}, prometheus.NewRegistry())
	s := from(b.Context(), "192.0.2.1")
	info := &grpc.StreamServerInfo{FullMethod: testserver.StreamMethod}
	b.ReportAllocs()
	for b.Loop() {
		_ = l.Stream(nil, s, info, done)
	}
}
