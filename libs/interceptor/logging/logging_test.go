package logging_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/sluice-ingest/sluice/libs/interceptor/auth"
	"github.com/sluice-ingest/sluice/libs/interceptor/internal/testserver"
	"github.com/sluice-ingest/sluice/libs/interceptor/logging"
	"github.com/sluice-ingest/sluice/libs/interceptor/requestid"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/status"
)

// options are the links whose fields the lines carry, in the chain's order.
func options(core zapcore.Core) []grpc.ServerOption {
	l, a := logging.New(zap.New(core)), auth.New(auth.Anonymous{})
	return []grpc.ServerOption{
		grpc.ChainUnaryInterceptor(requestid.Unary, l.Unary(), a.Unary),
		grpc.ChainStreamInterceptor(requestid.Stream, l.Stream(), a.Stream),
	}
}

func fail(code codes.Code) testserver.Handler {
	return func(context.Context, string) error { return grpcstatus.Error(code, "as told") }
}

func TestFinishedCallHasOneLine(t *testing.T) {
	testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
		core, logs := observer.New(zap.InfoLevel)
		conn := testserver.Start(t, fail(codes.NotFound), options(core)...)
		ctx := metadata.AppendToOutgoingContext(t.Context(), requestid.Header, "r-1")
		_, err := call(ctx, conn, "x")
		require.Error(t, err)

		require.Equal(t, 1, logs.Len())
		fields := logs.All()[0].ContextMap()
		for key, want := range map[string]any{
			"grpc.service": testserver.Service,
			"grpc.code":    "NotFound",
			"grpc.error":   "rpc error: code = NotFound desc = as told",
			"peer.address": "bufconn",
			"request_id":   "r-1",
			"tenant":       "default",
			"subject":      "anonymous",
		} {
			require.Equal(t, want, fields[key], key)
		}
		require.Contains(t, []any{testserver.Unary, testserver.Stream}, fields["grpc.method"])
		require.Contains(t, fields, "grpc.duration")
	})
}

func TestLevelFollowsWhoseFaultItIs(t *testing.T) {
	tests := []struct {
		code codes.Code
		want zapcore.Level
	}{
		{codes.OK, zap.InfoLevel},
		{codes.InvalidArgument, zap.InfoLevel},
		{codes.Unauthenticated, zap.InfoLevel},
		{codes.FailedPrecondition, zap.InfoLevel},
		{codes.Canceled, zap.InfoLevel},
		{codes.ResourceExhausted, zap.WarnLevel},
		{codes.Unavailable, zap.WarnLevel},
		{codes.DataLoss, zap.WarnLevel},
		{codes.Internal, zap.ErrorLevel},
		{codes.Unknown, zap.ErrorLevel},
	}
	for _, test := range tests {
		t.Run(test.code.String(), func(t *testing.T) {
			testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
				core, logs := observer.New(zap.InfoLevel)
				conn := testserver.Start(t, fail(test.code), options(core)...)
				_, err := call(t.Context(), conn, "x")
				require.Equal(t, test.code, grpcstatus.Code(err))
				require.Equal(t, 1, logs.Len())
				require.Equal(t, test.want, logs.All()[0].Level)
			})
		})
	}
}

func TestStartOfAStreamIsDebug(t *testing.T) {
	core, logs := observer.New(zap.DebugLevel)
	conn := testserver.Start(t, fail(codes.OK), options(core)...)
	_, err := testserver.CallStream(t.Context(), conn, "x")
	require.NoError(t, err)
	_, err = testserver.CallUnary(t.Context(), conn, "x")
	require.NoError(t, err)
	started := logs.FilterMessage("started stream").All()
	require.Len(t, started, 1)
	require.Equal(t, zap.DebugLevel, started[0].Level)
	require.Equal(t, testserver.Stream, started[0].ContextMap()["grpc.method"])
}

func TestHealthAndReflectionAreDebug(t *testing.T) {
	core, logs := observer.New(zap.DebugLevel)
	conn := testserver.Start(t, fail(codes.OK), options(core)...)
	_, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{})
	require.NoError(t, err)
	stream, err := reflectionv1.NewServerReflectionClient(conn).ServerReflectionInfo(t.Context())
	require.NoError(t, err)
	_, err = testserver.Finish(stream)
	require.Error(t, err, "an empty reflection stream has no response")

	finished := logs.FilterMessage("finished call").All()
	require.Len(t, finished, 2)
	for _, line := range finished {
		require.Equal(t, zap.DebugLevel, line.Level)
	}
}

func TestPayloadsAndCredentialsAreNeverLogged(t *testing.T) {
	testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
		var out bytes.Buffer
		core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&out), zap.DebugLevel)
		conn := testserver.Start(t, fail(codes.Internal), options(core)...)
		ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer secret-token")
		_, err := call(ctx, conn, "secret-payload")
		require.Error(t, err)
		require.Contains(t, out.String(), "finished call")
		require.NotContains(t, out.String(), "secret")
	})
}

// The text may quote what the caller sent.
func TestAnErrorIsLoggedByItsReason(t *testing.T) {
	testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
		core, logs := observer.New(zap.InfoLevel)
		conn := testserver.Start(t, func(context.Context, string) error {
			return status.From(problem.InField(problem.FieldInvalid, "name", "%q is no name", "hunter2"))
		}, options(core)...)
		_, err := call(t.Context(), conn, "x")
		require.ErrorContains(t, err, "hunter2")
		require.Equal(t, 1, logs.Len())
		fields := logs.All()[0].ContextMap()
		require.Equal(t, "FIELD_INVALID", fields["reason"])
		require.Equal(t, "name", fields["field"])
		require.NotContains(t, fields, "grpc.error")
	})
}
