package ratelimit_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"

	"github.com/sluice-ingest/sluice/libs/interceptor/auth"
	"github.com/sluice-ingest/sluice/libs/interceptor/internal/testserver"
	"github.com/sluice-ingest/sluice/libs/interceptor/problems"
	"github.com/sluice-ingest/sluice/libs/interceptor/ratelimit"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// bySubject takes the caller's word for who it is.
type bySubject struct{}

func (bySubject) Authenticate(ctx context.Context) (principal.Principal, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	return principal.Principal{Tenant: "t", Subject: md.Get("subject")[0]}, nil
}

func serve(t *testing.T, config ratelimit.Config) *grpc.ClientConn {
	t.Helper()
	require.NoError(t, config.Validate())
	p, a, l := problems.New(zap.NewNop()), auth.New(bySubject{}), ratelimit.New(config)
	return testserver.Start(t, func(context.Context, string) error { return nil },
		grpc.ChainUnaryInterceptor(p.Unary, a.Unary, l.Unary),
		grpc.ChainStreamInterceptor(p.Stream, a.Stream, l.Stream))
}

func as(ctx context.Context, subject string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "subject", subject)
}

// bothWays runs test on a clock of its own.
func bothWays(t *testing.T, test func(t *testing.T, call testserver.Call)) {
	t.Helper()
	testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
		synctest.Test(t, func(t *testing.T) { test(t, call) })
	})
}

func TestRefusalTellsWhenTheNextTokenComes(t *testing.T) {
	bothWays(t, func(t *testing.T, call testserver.Call) {
		conn := serve(t, ratelimit.Config{CallsPerSecond: 0.25, Burst: 2})
		ctx := as(t.Context(), "a")
		for range 2 {
			_, err := call(ctx, conn, "x")
			require.NoError(t, err)
		}
		<-time.After(time.Second)
		for range 2 { // A refusal costs no token.
			_, err := call(ctx, conn, "x")
			st := testserver.RequireProblem(t, err, codes.ResourceExhausted, problem.RateLimited)
			require.Equal(t, 3*time.Second, testserver.Detail[*errdetails.RetryInfo](st).GetRetryDelay().AsDuration())
		}
		<-time.After(3 * time.Second)
		_, err := call(ctx, conn, "x")
		require.NoError(t, err)
	})
}

func TestPrincipalsHaveBucketsOfTheirOwn(t *testing.T) {
	bothWays(t, func(t *testing.T, call testserver.Call) {
		conn := serve(t, ratelimit.Config{CallsPerSecond: 1})
		_, err := call(as(t.Context(), "a"), conn, "x")
		require.NoError(t, err)
		_, err = call(as(t.Context(), "a"), conn, "x")
		require.Error(t, err)
		_, err = call(as(t.Context(), "b"), conn, "x")
		require.NoError(t, err)
	})
}

func TestStreamCostsOneTokenWhateverItSends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := serve(t, ratelimit.Config{CallsPerSecond: 1})
		stream, err := testserver.Open(as(t.Context(), "a"), conn)
		require.NoError(t, err)
		for range 10 {
			require.NoError(t, stream.SendMsg(testserver.Text("x")))
		}
		_, err = testserver.Finish(stream)
		require.NoError(t, err)
	})
}

func TestNoLimitByDefault(t *testing.T) {
	bothWays(t, func(t *testing.T, call testserver.Call) {
		conn := serve(t, ratelimit.Config{})
		for range 100 {
			_, err := call(as(t.Context(), "a"), conn, "x")
			require.NoError(t, err)
		}
	})
}

func TestBurstIsOneSecondOfCallsByDefault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := serve(t, ratelimit.Config{CallsPerSecond: 5})
		for range 5 {
			_, err := testserver.CallUnary(as(t.Context(), "a"), conn, "x")
			require.NoError(t, err)
		}
		_, err := testserver.CallUnary(as(t.Context(), "a"), conn, "x")
		require.Error(t, err)
	})
}

func TestHealthChecksAreExempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := serve(t, ratelimit.Config{CallsPerSecond: 1})
		for range 3 {
			_, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{})
			require.NoError(t, err)
		}
	})
}
