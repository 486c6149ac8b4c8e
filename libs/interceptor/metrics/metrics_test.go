package metrics_test

import (
	"context"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/sluice-ingest/sluice/libs/interceptor/internal/testserver"
	"github.com/sluice-ingest/sluice/libs/interceptor/metrics"
)

func TestCallsAreCountedByCodeAndTimed(t *testing.T) {
	registry := prometheus.NewRegistry()
	m := metrics.New(registry)
	conn := testserver.Start(t, func(context.Context, string) error {
		return grpcstatus.Error(codes.NotFound, "none")
	}, grpc.UnaryInterceptor(m.Unary()), grpc.StreamInterceptor(m.Stream()))
	for _, call := range []testserver.Call{testserver.CallUnary, testserver.CallStream} {
		_, err := call(t.Context(), conn, "x")
		require.Error(t, err)
	}

	families, err := registry.Gather()
	require.NoError(t, err)
	handled := map[string]map[string]string{}
	var timed uint64
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			labels := map[string]string{}
			for _, pair := range metric.GetLabel() {
				labels[pair.GetName()] = pair.GetValue()
			}
			switch family.GetName() {
			case "grpc_server_handled_total":
				require.InDelta(t, 1, metric.GetCounter().GetValue(), 0)
				handled[labels["grpc_method"]] = labels
			case "grpc_server_handling_seconds":
				timed += metric.GetHistogram().GetSampleCount()
			}
		}
	}
	require.Equal(t, map[string]map[string]string{
		testserver.Unary:  {"grpc_type": "unary", "grpc_service": testserver.Service, "grpc_method": testserver.Unary, "grpc_code": "NotFound"},
		testserver.Stream: {"grpc_type": "client_stream", "grpc_service": testserver.Service, "grpc_method": testserver.Stream, "grpc_code": "NotFound"},
	}, handled)
	require.Equal(t, uint64(2), timed)
}

func TestUnknownMethodsMakeNoSeries(t *testing.T) {
	registry := prometheus.NewRegistry()
	m := metrics.New(registry)
	conn := testserver.Start(t, func(context.Context, string) error { return nil },
		grpc.UnaryInterceptor(m.Unary()), grpc.StreamInterceptor(m.Stream()))
	err := conn.Invoke(t.Context(), "/made.up.Service/Method", nil, nil, grpc.ForceCodecV2(testserver.Raw{}))
	require.Equal(t, codes.Unimplemented, grpcstatus.Code(err))
	families, err := registry.Gather()
	require.NoError(t, err)
	require.Empty(t, families)
}
