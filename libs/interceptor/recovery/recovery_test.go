package recovery_test

import (
	"context"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/sluice-ingest/sluice/libs/interceptor/internal/testserver"
	"github.com/sluice-ingest/sluice/libs/interceptor/recovery"
	"github.com/sluice-ingest/sluice/libs/problem"
)

func TestPanicEndsItsCallOnly(t *testing.T) {
	testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
		core, logs := observer.New(zap.InfoLevel)
		registry := prometheus.NewRegistry()
		r := recovery.New("test", zap.New(core), registry)
		conn := testserver.Start(t, explode,
			grpc.UnaryInterceptor(r.Unary()), grpc.StreamInterceptor(r.Stream()))

		_, err := call(t.Context(), conn, "boom")
		st := testserver.RequireProblem(t, err, codes.Internal, problem.Internal)
		require.NotContains(t, st.Message(), "boom")
		require.NotContains(t, st.Message(), "goroutine")

		entries := logs.TakeAll()
		require.Len(t, entries, 1)
		fields := entries[0].ContextMap()
		require.Equal(t, "boom", fields["panic"])
		require.Contains(t, fields["full_method"], testserver.Service)
		require.Contains(t, fields["stack"], "recovery_test.explode", "the stack shows where")
		require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
			# HELP sluice_test_panics_total Panics that were caught in calls.
			# TYPE sluice_test_panics_total counter
			sluice_test_panics_total 1
		`)))

		_, err = call(t.Context(), conn, "fine")
		require.NoError(t, err)
	})
}

func explode(_ context.Context, text string) error {
	if text == "boom" {
		panic(text)
	}
	return nil
}
