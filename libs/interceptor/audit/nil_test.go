package audit_test

import (
	"context"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/audit"
	link "github.com/sluice-ingest/sluice/libs/interceptor/audit"
	"github.com/sluice-ingest/sluice/libs/interceptor/internal/testserver"
	"github.com/sluice-ingest/sluice/libs/problem"
)

func TestWithoutALogTheCallPassesUntouched(t *testing.T) {
	l := link.New(nil)
	info := &grpc.UnaryServerInfo{FullMethod: fileuploadv1.FileUploadService_DeleteFile_FullMethodName}
	ctx := t.Context()
	handler := func(got context.Context, _ any) (any, error) {
		require.Equal(t, ctx, got)
		return nil, nil
	}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		_, _ = l.Unary(ctx, nil, info, handler)
	}))
	stream := &plainStream{}
	require.NoError(t, l.Stream(nil, stream, &grpc.StreamServerInfo{IsClientStream: true}, func(_ any, got grpc.ServerStream) error {
		require.Same(t, stream, got)
		return nil
	}))
}

type plainStream struct{ grpc.ServerStream }

// A disk that is gone is simulated by a folder that is: the log fails to be
// written once it has been moved away.
func TestCallsAreRefusedWhileARequiredLogCannotBeWritten(t *testing.T) {
	cfg := audit.DefaultConfig()
	dir := filepath.Join(t.TempDir(), "gone")
	require.NoError(t, syscall.Mkdir(dir, 0o700))
	cfg.File, cfg.Required = filepath.Join(dir, "audit.jsonl"), true
	log, err := audit.Open(cfg, audit.Options{Service: "test", Logger: zap.NewNop(), Registerer: prometheus.NewRegistry()})
	require.NoError(t, err)
	l := link.New(log)
	reached := 0
	conn := testserver.Start(t, func(context.Context, string) error { reached++; return nil },
		grpc.ChainUnaryInterceptor(l.Unary), grpc.ChainStreamInterceptor(l.Stream))
	_, err = testserver.CallUnary(t.Context(), conn, "x")
	require.NoError(t, err)
	require.Equal(t, 1, reached)

	require.NoError(t, syscall.Rename(dir, dir+"-away"))
	log.Record(audit.Started("1"))
	require.Eventually(t, func() bool { return log.Err() != nil }, waitFor, tick)
	testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
		_, err := call(t.Context(), conn, "x")
		testserver.RequireProblem(t, err, codes.Unavailable, problem.StorageFailed)
	})
	require.Equal(t, 1, reached)

	require.NoError(t, syscall.Rename(dir+"-away", dir))
	require.Eventually(t, func() bool { return log.Err() == nil }, waitFor, tick)
	_, err = testserver.CallUnary(t.Context(), conn, "x")
	require.NoError(t, err)
	require.NoError(t, log.Close())
}
