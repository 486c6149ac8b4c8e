package problems_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/sluice-ingest/sluice/libs/interceptor/internal/testserver"
	"github.com/sluice-ingest/sluice/libs/interceptor/problems"
	"github.com/sluice-ingest/sluice/libs/interceptor/requestid"
	"github.com/sluice-ingest/sluice/libs/problem"
)

func serve(t *testing.T, result error) (*grpc.ClientConn, *observer.ObservedLogs) {
	t.Helper()
	core, logs := observer.New(zap.DebugLevel)
	p := problems.New(zap.New(core))
	return testserver.Start(t, func(context.Context, string) error { return result },
		grpc.ChainUnaryInterceptor(requestid.Unary, p.Unary),
		grpc.ChainStreamInterceptor(requestid.Stream, p.Stream)), logs
}

func TestWhatTheCallerDoesNotSeeIsLogged(t *testing.T) {
	cause := errors.New("open /var/secret: input/output error")
	tests := []struct {
		name   string
		err    error
		code   codes.Code
		reason problem.Reason
		level  zapcore.Level
	}{
		{"error without a reason", cause, codes.Internal, problem.Internal, zap.ErrorLevel},
		{"problem with a cause", problem.Because(problem.StorageFailed, cause, "the storage failed"), codes.Unavailable, problem.StorageFailed, zap.WarnLevel},
		{"client's problem with a cause", problem.Because(problem.FieldInvalid, cause, "no number"), codes.InvalidArgument, problem.FieldInvalid, zap.InfoLevel},
		{"wrapped problem", fmt.Errorf("at /var/secret: %w", problem.New(problem.Fenced, "taken over")), codes.Aborted, problem.Fenced, zap.InfoLevel},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
				conn, logs := serve(t, test.err)
				ctx := metadata.AppendToOutgoingContext(t.Context(), requestid.Header, "r-1")
				_, err := call(ctx, conn, "x")
				st := testserver.RequireProblem(t, err, test.code, test.reason)
				require.NotContains(t, st.Message(), "secret")

				require.Equal(t, 1, logs.Len())
				line := logs.All()[0]
				require.Equal(t, test.level, line.Level)
				require.Equal(t, "r-1", line.ContextMap()["request_id"])
				require.Equal(t, string(test.reason), line.ContextMap()["reason"])
				require.Equal(t, test.err.Error(), line.ContextMap()["error"])
			})
		})
	}
}

func TestWhatTheCallerSeesIsNotLogged(t *testing.T) {
	tests := []struct {
		name string
		err  error
		code codes.Code
	}{
		{"success", nil, codes.OK},
		{"problem", problem.InField(problem.NameInvalid, "file_name", "is empty"), codes.InvalidArgument},
		{"status", grpcstatus.Error(codes.Unimplemented, "not here"), codes.Unimplemented},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
				conn, logs := serve(t, test.err)
				_, err := call(t.Context(), conn, "x")
				require.Equal(t, test.code, grpcstatus.Code(err))
				require.Zero(t, logs.Len())
			})
		})
	}
}
