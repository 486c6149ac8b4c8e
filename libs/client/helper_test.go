package client

import (
	"context"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testChunk = 4 << 10

// bubble runs a test with fake time.
func bubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}

// randomBytes returns bytes that repeat on every run.
func randomBytes(size int) []byte {
	source := rand.NewChaCha8([32]byte{1})
	data := make([]byte, size)
	_, _ = source.Read(data)
	return data
}

func writeFile(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// mustReceipt returns the receipt and fails the test on an error.
func mustReceipt(t *testing.T, receipt *Receipt, err error) *Receipt {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

// serveBufconn runs a server and returns a client of it, whose new connections
// pass through connected. Both end with the returned function.
func serveBufconn(
	t testing.TB, register func(*grpc.Server), connected func(net.Conn) net.Conn, opts ...Option,
) (*StreamingClient, func()) {
	t.Helper()
	return serveServer(t, grpc.NewServer(grpc.MaxRecvMsgSize(8<<20)), register, connected, opts...)
}

// serveServer is serveBufconn for a server with options of its own.
func serveServer(
	t testing.TB, server *grpc.Server, register func(*grpc.Server), connected func(net.Conn) net.Conn, opts ...Option,
) (*StreamingClient, func()) {
	t.Helper()
	listener := bufconn.Listen(256 << 10)
	register(server)
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener)
	}()
	dial := grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
		conn, err := listener.DialContext(ctx)
		if err != nil {
			return nil, err
		}
		return connected(conn), nil
	})
	c, err := NewStreamingClient("passthrough:///fake", append([]Option{WithPlaintext(), WithDialOptions(dial)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c, func() {
		_ = c.Close()
		server.Stop()
		<-served
	}
}
