package tests

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

func TestAdminPort(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	s.store(ctx, t, "counted.bin", testkit.NewContent(71, 2*chunkSize))
	t.Run("metrics", func(t *testing.T) {
		metrics := s.get(ctx, t, "/metrics")
		require.Regexp(t, `(?m)^sluice_fileupload_messages_received_total\{[^}]*grpc_method="UploadFile"[^}]*\} 3$`, metrics)
		require.Regexp(t, `(?m)^sluice_fileupload_received_bytes_total\{[^}]*grpc_method="UploadFile"[^}]*\} \d`, metrics)
		require.Regexp(t, `(?m)^sluice_fileupload_panics_total 0$`, metrics)
		require.Regexp(t, `(?m)^grpc_server_handled_total\{[^}]*grpc_code="OK"[^}]*grpc_method="UploadFile"[^}]*\} 1$`, metrics)
		require.Regexp(t, `(?m)^go_goroutines `, metrics)
		require.NotContains(t, metrics, "counted.bin", "no label is made of what clients send")
	})
	for path, want := range map[string]string{
		"/healthz":                       "",
		"/readyz":                        "",
		"/debug/pprof/":                  "goroutine",
		"/debug/pprof/goroutine?debug=1": "goroutine profile",
	} {
		t.Run(path, func(t *testing.T) { require.Contains(t, s.get(ctx, t, path), want) })
	}
}

// get reads a page of the admin port.
func (s *server) get(ctx context.Context, t *testing.T, path string) string {
	t.Helper()
	return adminPage(ctx, t, s.AdminAddr, path)
}

// adminPage reads a page of a service's admin port.
func adminPage(ctx context.Context, t *testing.T, addr, path string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+path, http.NoBody)
	require.NoError(t, err)
	request.Close = true // A kept connection has goroutines.
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, "%s: %s", path, body)
	return string(body)
}

func TestHealth(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	for _, service := range []string{
		"", fileuploadv1.FileUploadService_ServiceDesc.ServiceName, streamv1.StreamService_ServiceDesc.ServiceName,
	} {
		answer, err := healthpb.NewHealthClient(s.conn).Check(ctx, &healthpb.HealthCheckRequest{Service: service})
		require.NoError(t, err, "service %q", service)
		require.Equal(t, healthpb.HealthCheckResponse_SERVING, answer.GetStatus(), "service %q", service)
	}
}

func TestReflectionListsTheServices(t *testing.T) {
	s := startServer(t)
	stream, err := reflectionpb.NewServerReflectionClient(s.conn).ServerReflectionInfo(bounded(t))
	require.NoError(t, err)
	require.NoError(t, stream.Send(&reflectionpb.ServerReflectionRequest{
		MessageRequest: &reflectionpb.ServerReflectionRequest_ListServices{},
	}))
	answer, err := stream.Recv()
	require.NoError(t, err)
	var names []string
	for _, service := range answer.GetListServicesResponse().GetService() {
		names = append(names, service.GetName())
	}
	require.Subset(t, names, []string{
		fileuploadv1.FileUploadService_ServiceDesc.ServiceName,
		streamv1.StreamService_ServiceDesc.ServiceName,
		healthpb.Health_ServiceDesc.ServiceName,
	})
	require.NoError(t, stream.CloseSend())
}
