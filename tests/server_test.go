package tests

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// server is the real file service and a raw client of it.
type server struct {
	*testkit.Process
	peer
	dataDir string
}

// peer is a connection to a service.
type peer struct {
	conn    *grpc.ClientConn
	files   fileuploadv1.FileUploadServiceClient
	streams streamv1.StreamServiceClient
}

// startServer runs the service on a data folder of the test.
func startServer(t *testing.T, args ...string) *server {
	t.Helper()
	return startServerIn(t, t.TempDir(), args...)
}

func startServerIn(t *testing.T, dataDir string, args ...string) *server {
	t.Helper()
	s := launchServer(t, dataDir, args...)
	s.peer = dial(t, s.Addr)
	return s
}

// launchServer runs the service and connects no client to it.
func launchServer(t *testing.T, dataDir string, args ...string) *server {
	t.Helper()
	args = append([]string{
		"--listen", "127.0.0.1:0",
		"--admin-listen", "127.0.0.1:0",
		"--data-dir", dataDir,
		"--storage-low-watermark", "0", // a test's disk may be small
	}, args...)
	return &server{Process: testkit.Start(t, serverBinary(t), args...), dataDir: dataDir}
}

func serverBinary(t *testing.T) string {
	t.Helper()
	return testkit.Build(t, "services/fileupload", "./cmd/sluice-fileupload")
}

// dial connects to addr without TLS. The connection comes back quickly after
// a restart, and calls wait for it.
func dial(t *testing.T, addr string, opts ...grpc.DialOption) peer {
	t.Helper()
	opts = append([]grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.WaitForReady(true)),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 10 * time.Millisecond, Multiplier: 1.5, MaxDelay: 100 * time.Millisecond},
			MinConnectTimeout: 5 * time.Second,
		}),
	}, opts...)
	conn, err := grpc.NewClient(addr, opts...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return peer{
		conn:    conn,
		files:   fileuploadv1.NewFileUploadServiceClient(conn),
		streams: streamv1.NewStreamServiceClient(conn),
	}
}
