package server_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	reflectionv1alpha "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/sluice-ingest/sluice/libs/server"
)

func TestHealthKnowsEveryService(t *testing.T) {
	s := start(t, loopback(), options(), refuse)
	client := healthv1.NewHealthClient(dial(t, s.grpc, nil))
	for _, service := range []string{"", "test.Streams", "grpc.health.v1.Health"} {
		answer, err := client.Check(t.Context(), &healthv1.HealthCheckRequest{Service: service})
		require.NoError(t, err, service)
		require.Equal(t, healthv1.HealthCheckResponse_SERVING, answer.GetStatus(), service)
	}
	_, err := client.Check(t.Context(), &healthv1.HealthCheckRequest{Service: "other"})
	require.Equal(t, codes.NotFound, status.Code(err))
	require.NoError(t, s.end(t))
}

func TestReflectionListsServices(t *testing.T) {
	s := start(t, loopback(), options(), refuse)
	conn := dial(t, s.grpc, nil)

	v1, err := reflectionv1.NewServerReflectionClient(conn).ServerReflectionInfo(t.Context())
	require.NoError(t, err)
	require.NoError(t, v1.Send(&reflectionv1.ServerReflectionRequest{
		MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{},
	}))
	answer, err := v1.Recv()
	require.NoError(t, err)
	var names []string
	for _, service := range answer.GetListServicesResponse().GetService() {
		names = append(names, service.GetName())
	}
	require.Contains(t, names, "test.Streams")

	alpha, err := reflectionv1alpha.NewServerReflectionClient(conn).ServerReflectionInfo(t.Context())
	require.NoError(t, err)
	require.NoError(t, alpha.Send(&reflectionv1alpha.ServerReflectionRequest{ //nolint:staticcheck // as above
		MessageRequest: &reflectionv1alpha.ServerReflectionRequest_ListServices{},
	}))
	old, err := alpha.Recv()
	require.NoError(t, err)
	require.Len(t, old.GetListServicesResponse().GetService(), len(names)) //nolint:staticcheck // as above

	require.NoError(t, v1.CloseSend())
	require.NoError(t, alpha.CloseSend())
	require.NoError(t, s.end(t))
}

func TestAdminPort(t *testing.T) {
	opts := options()
	opts.Registry.MustRegister(prometheus.NewCounter(prometheus.CounterOpts{Name: "sluice_test_total", Help: "Nothing."}))
	s := start(t, loopback(), opts, refuse)
	tests := []struct {
		path, want string
		code       int
	}{
		{"/metrics", "sluice_test_total 0", http.StatusOK},
		{"/healthz", "alive", http.StatusOK},
		{"/readyz", "ready", http.StatusOK},
		{"/debug/pprof/", "goroutine", http.StatusOK},
		{"/debug/pprof/heap?debug=1", "heap profile", http.StatusOK},
		{"/debug/pprof/profile?seconds=1", "", http.StatusOK},
		{"/debug/pprof/cmdline", "server.test", http.StatusOK},
		{"/", "not found", http.StatusNotFound},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			code, body := get(t, "http://"+s.admin+test.path)
			require.Equal(t, test.code, code)
			require.Contains(t, body, test.want)
			require.NotEmpty(t, body)
		})
	}
	require.NoError(t, s.end(t))
	require.ErrorContains(t, connect(t, s.admin), "refused", "the admin port is still open")
	require.ErrorContains(t, connect(t, s.grpc), "refused", "the gRPC port is still open")
}

func TestNoAdminPort(t *testing.T) {
	cfg := server.DefaultConfig("127.0.0.1:0", "")
	opts := options()
	opts.Registry = nil
	s := start(t, cfg, opts, refuse)
	require.Empty(t, s.admin)
	require.NoError(t, s.end(t))
}

func TestNewNeedsLoggerAndRegistry(t *testing.T) {
	_, err := server.New(loopback(), server.Options{})
	require.ErrorContains(t, err, "give the options a logger")
}

func TestTakenAddressEndsServeAndFreesTheOther(t *testing.T) {
	for _, part := range []string{"grpc", "admin"} {
		t.Run(part, func(t *testing.T) {
			other, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			defer other.Close()
			cfg := loopback()
			if part == "grpc" {
				cfg.Listen = other.Addr().String()
			} else {
				cfg.AdminListen = other.Addr().String()
			}
			s, err := server.New(cfg, options())
			require.NoError(t, err)
			require.ErrorContains(t, s.Serve(t.Context()), "cannot listen on "+other.Addr().String())
		})
	}
}

func TestServeEndsWhenItsContextAlreadyHas(t *testing.T) {
	for range 20 {
		s, err := server.New(loopback(), options())
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.NoError(t, s.Serve(ctx))
	}
}

func TestLargestMessage(t *testing.T) {
	s := start(t, loopback(), options(), func(stream grpc.ServerStream) error {
		return stream.RecvMsg(&wrapperspb.BytesValue{})
	})
	conn := dial(t, s.grpc, nil)
	tests := []struct {
		name string
		size int
		code codes.Code
	}{
		{"a payload of the limit and its envelope", 1<<20 + 60<<10, codes.OK},
		{"more than that", 1<<20 + 65<<10, codes.ResourceExhausted},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			stream, err := newStream(t, conn)
			require.NoError(t, err)
			// A refused stream may end under the send.
			_ = stream.SendMsg(wrapperspb.Bytes(make([]byte, test.size)))
			err = stream.RecvMsg(&wrapperspb.BytesValue{})
			if test.code == codes.OK {
				require.ErrorIs(t, err, io.EOF)
				return
			}
			require.Equal(t, test.code, status.Code(err))
		})
	}
	require.NoError(t, s.end(t))
}

func TestServiceOptionsAreUsed(t *testing.T) {
	opts := options()
	opts.GRPC = []grpc.ServerOption{grpc.ChainUnaryInterceptor(
		func(context.Context, any, *grpc.UnaryServerInfo, grpc.UnaryHandler) (any, error) {
			return nil, status.Error(codes.PermissionDenied, "not you")
		})}
	s := start(t, loopback(), opts, refuse)
	_, err := healthv1.NewHealthClient(dial(t, s.grpc, nil)).Check(t.Context(), &healthv1.HealthCheckRequest{})
	require.Equal(t, codes.PermissionDenied, status.Code(err))
	require.NoError(t, s.end(t))
}

// get fetches a page over a connection of its own.
func get(t *testing.T, url string) (code int, body string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	response, err := client.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(content)
}

func connect(t *testing.T, address string) error {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err == nil {
		_ = conn.Close()
	}
	return err
}
