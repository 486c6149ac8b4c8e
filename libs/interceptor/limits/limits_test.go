package limits_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"

	"github.com/sluice-ingest/sluice/libs/interceptor/auth"
	"github.com/sluice-ingest/sluice/libs/interceptor/internal/testserver"
	"github.com/sluice-ingest/sluice/libs/interceptor/limits"
	"github.com/sluice-ingest/sluice/libs/interceptor/message"
	"github.com/sluice-ingest/sluice/libs/interceptor/problems"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// byName takes the caller's word for who it is.
type byName struct{}

func (byName) Authenticate(ctx context.Context) (principal.Principal, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	return principal.Principal{Tenant: md.Get("tenant")[0], Subject: md.Get("subject")[0]}, nil
}

func as(ctx context.Context, tenant, subject string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "tenant", tenant, "subject", subject)
}

type served struct {
	conn *grpc.ClientConn
	reg  *prometheus.Registry
}

func serve(t *testing.T, config limits.Config, handler testserver.Handler) served {
	t.Helper()
	require.NoError(t, config.Validate())
	reg := prometheus.NewRegistry()
	p, a := problems.New(zap.NewNop()), auth.New(byName{})
	l, m := limits.New("test", config, reg), message.New("test", nil, 0, reg)
	options := append(m.ServerOptions(),
		grpc.ChainUnaryInterceptor(p.Unary, a.Unary, l.Unary, m.Unary),
		grpc.ChainStreamInterceptor(p.Stream, a.Stream, l.Stream, m.Stream))
	return served{conn: testserver.Start(t, handler, options...), reg: reg}
}

func fine(context.Context, string) error { return nil }

// bothWays runs test on a clock of its own.
func bothWays(t *testing.T, test func(t *testing.T, call testserver.Call)) {
	t.Helper()
	testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
		synctest.Test(t, func(t *testing.T) { test(t, call) })
	})
}

func TestRefusalTellsWhenTheNextCallMayCome(t *testing.T) {
	bothWays(t, func(t *testing.T, call testserver.Call) {
		s := serve(t, limits.Config{Principal: limits.Bounds{CallsPerSecond: 0.25, Burst: 2}}, fine)
		ctx := as(t.Context(), "t", "a")
		for range 2 {
			_, err := call(ctx, s.conn, "x")
			require.NoError(t, err)
		}
		<-time.After(time.Second)
		_, err := call(ctx, s.conn, "x")
		st := testserver.RequireProblem(t, err, codes.ResourceExhausted, problem.RateLimited)
		require.Equal(t, 3*time.Second, testserver.Detail[*errdetails.RetryInfo](st).GetRetryDelay().AsDuration())
		require.Equal(t, "limits.principal.calls_per_second", testserver.Detail[*errdetails.QuotaFailure](st).GetViolations()[0].GetQuotaMetric())
		_, err = call(as(t.Context(), "t", "b"), s.conn, "x")
		require.NoError(t, err, "another principal has calls of its own")
		<-time.After(3 * time.Second)
		_, err = call(ctx, s.conn, "x")
		require.NoError(t, err)
	})
}

func TestATenantsPrincipalsShareItsBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, limits.Config{
			Tenant:  limits.Bounds{Streams: 1},
			Tenants: []string{"large=streams:2"},
		}, fine)
		open := func(tenant, subject string) grpc.ClientStream {
			stream, err := testserver.Open(as(t.Context(), tenant, subject), s.conn)
			require.NoError(t, err)
			// A refused stream fails with io.EOF; Finish tells the reason.
			if err := stream.SendMsg(testserver.Text("x")); !errors.Is(err, io.EOF) {
				require.NoError(t, err)
			}
			synctest.Wait()
			return stream
		}
		first, refused := open("small", "a"), open("small", "b")
		_, err := testserver.Finish(refused)
		st := testserver.RequireProblem(t, err, codes.ResourceExhausted, problem.TooManyStreams)
		require.Equal(t, "limits.tenant.streams", testserver.Detail[*errdetails.QuotaFailure](st).GetViolations()[0].GetQuotaMetric())
		for _, stream := range []grpc.ClientStream{open("large", "a"), open("large", "b")} {
			_, err = testserver.Finish(stream)
			require.NoError(t, err)
		}
		_, err = testserver.Finish(first)
		require.NoError(t, err)
		synctest.Wait()
		_, err = testserver.Finish(open("small", "b"))
		require.NoError(t, err)
		require.NoError(t, countIs(s.reg, "limits.tenant.streams", 1))
	})
}

func countIs(reg *prometheus.Registry, limit string, want int) error {
	return testutil.GatherAndCompare(reg, strings.NewReader(fmt.Sprintf(`
# HELP sluice_test_limited_total Calls that were refused because of a limit, by its key in the configuration.
# TYPE sluice_test_limited_total counter
sluice_test_limited_total{limit=%q} %d
`, limit, want)), "sluice_test_limited_total")
}

func TestAStreamSlowsDownAndLosesNothing(t *testing.T) {
	for key, config := range map[string]limits.Config{
		"limits.principal.messages_per_second": {Principal: limits.Bounds{MessagesPerSecond: 10}},
		"limits.tenant.messages_per_second":    {Tenant: limits.Bounds{MessagesPerSecond: 10}},
		"limits.tenant.bytes_per_second":       {Tenant: limits.Bounds{BytesPerSecond: 30}}, // A message has 3 bytes.
		"limits.principal.bytes_per_second":    {Principal: limits.Bounds{BytesPerSecond: 30}},
	} {
		t.Run(key, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				received := 0
				s := serve(t, config, func(context.Context, string) error { received++; return nil })
				began := time.Now()
				stream, err := testserver.Open(as(t.Context(), "t", "a"), s.conn)
				require.NoError(t, err)
				for range 60 {
					require.NoError(t, stream.SendMsg(testserver.Text("x")))
				}
				_, err = testserver.Finish(stream)
				require.NoError(t, err)
				require.Equal(t, 60, received)
				require.InDelta(t, 5, time.Since(began).Seconds(), 0.1)
			})
		})
	}
}

func TestAStreamAtItsRateHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, limits.Config{Principal: limits.Bounds{MessagesPerSecond: 1}}, fine)
		busy, err := testserver.Open(as(t.Context(), "t", "busy"), s.conn)
		require.NoError(t, err)
		for range 10 {
			require.NoError(t, busy.SendMsg(testserver.Text("x")))
		}
		began := time.Now()
		_, err = testserver.CallStream(as(t.Context(), "t", "other"), s.conn, "x")
		require.NoError(t, err)
		_, err = testserver.CallUnary(as(t.Context(), "t", "busy"), s.conn, "x")
		require.NoError(t, err, "nor the calls beside it")
		require.Zero(t, time.Since(began))
	})
}

func TestUnaryCallsBeyondARateAreRefused(t *testing.T) {
	for key, config := range map[string]limits.Config{
		"limits.principal.messages_per_second": {Principal: limits.Bounds{MessagesPerSecond: 10}},
		"limits.tenant.bytes_per_second":       {Tenant: limits.Bounds{BytesPerSecond: 30}},
	} {
		t.Run(key, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := serve(t, config, fine)
				ctx := as(t.Context(), "t", "a")
				admitted := 0
				var err error
				for err == nil {
					_, err = testserver.CallUnary(ctx, s.conn, "x")
					admitted++
				}
				require.InDelta(t, 21, admitted-1, 1, "two seconds' worth and the one that goes beyond")
				st := testserver.RequireProblem(t, err, codes.ResourceExhausted, problem.RateLimited)
				require.Equal(t, key, testserver.Detail[*errdetails.QuotaFailure](st).GetViolations()[0].GetQuotaMetric())
				<-time.After(testserver.Detail[*errdetails.RetryInfo](st).GetRetryDelay().AsDuration())
				_, err = testserver.CallUnary(ctx, s.conn, "x")
				require.NoError(t, err)
				require.NoError(t, countIs(s.reg, key, 1))
			})
		})
	}
}

func TestAClientThatGoesAwayFreesAWaitingStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, limits.Config{Principal: limits.Bounds{MessagesPerSecond: 0.001, Streams: 1}}, fine)
		ctx, cancel := context.WithCancel(as(t.Context(), "t", "a"))
		stream, err := testserver.Open(ctx, s.conn)
		require.NoError(t, err)
		for range 3 {
			require.NoError(t, stream.SendMsg(testserver.Text("x")))
		}
		synctest.Wait()
		cancel()
		synctest.Wait()
		next, err := testserver.Open(as(t.Context(), "t", "a"), s.conn)
		require.NoError(t, err)
		_, err = testserver.Finish(next)
		require.NoError(t, err)
	})
}

func TestHealthChecksAreExempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, limits.Config{Tenant: limits.Bounds{CallsPerSecond: 1, Burst: 1, MessagesPerSecond: 1}}, fine)
		for range 5 {
			_, err := healthv1.NewHealthClient(s.conn).Check(as(t.Context(), "t", "a"), &healthv1.HealthCheckRequest{})
			require.NoError(t, err)
		}
	})
}
