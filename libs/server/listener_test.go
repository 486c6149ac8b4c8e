package server

import (
	"context"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
)

// patienceOfConnect is how long a test waits for the server's first bytes.
const patienceOfConnect = 20 * time.Second

// bounded serves with a configuration until the test ends.
func bounded(t *testing.T, cfg Config) (s *Server, address string) {
	t.Helper()
	cfg.Listen = "127.0.0.1:0"
	s, err := New(cfg, Options{Logger: zap.NewNop()})
	require.NoError(t, err)
	listener, err := listen(t.Context(), cfg.Listen)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.serve(ctx, listener, nil) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	return s, listener.Addr().String()
}

// knock opens a connection from a local address, and tells whether the server
// keeps it: then it answers the beginning of HTTP/2.
func knock(t *testing.T, address, from string) (conn net.Conn, kept bool) {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := dialer.DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, _ = io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(patienceOfConnect)))
	_, err = conn.Read(make([]byte, 1))
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "neither kept nor closed")
	return conn, err == nil
}

func requireKept(t *testing.T, want bool, address, from string) net.Conn {
	t.Helper()
	conn, kept := knock(t, address, from)
	require.Equal(t, want, kept)
	return conn
}

func TestConnectionsAreBounded(t *testing.T) {
	cfg := DefaultConfig("", "")
	cfg.MaxConnectionsPerAddress, cfg.MaxConnections = 2, 3
	s, address := bounded(t, cfg)
	first := requireKept(t, true, address, "127.0.0.1")
	requireKept(t, true, address, "127.0.0.1")
	requireKept(t, false, address, "127.0.0.1")
	requireKept(t, true, address, "127.0.0.2")
	requireKept(t, false, address, "127.0.0.3")
	requireMetrics(t, s, 3)

	require.NoError(t, first.Close())
	require.Eventually(t, func() bool { return s.connections.count() == 2 }, patienceOfConnect, time.Millisecond)
	requireKept(t, true, address, "127.0.0.1")
	requireMetrics(t, s, 3)
}

func (c *connections) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open
}

func requireMetrics(t *testing.T, s *Server, open int) {
	t.Helper()
	require.Equal(t, open, s.connections.count())
	require.NoError(t, testutil.CollectAndCompare(NewCollector("test", s), strings.NewReader(`
# HELP sluice_test_connections_open Connections that are open now.
# TYPE sluice_test_connections_open gauge
sluice_test_connections_open 3
# HELP sluice_test_connections_refused_total Connections that were closed at once, by the key of the bound in the configuration.
# TYPE sluice_test_connections_refused_total counter
sluice_test_connections_refused_total{limit="limits.address.connections"} 1
sluice_test_connections_refused_total{limit="limits.connections"} 1
`)))
}

func TestConnectionsAreUnboundedByDefault(t *testing.T) {
	s, address := bounded(t, DefaultConfig("", ""))
	for range 50 {
		requireKept(t, true, address, "127.0.0.1")
	}
	require.Equal(t, 50, s.connections.count())
}

func TestAFailedHandshakeGivesItsPlaceBack(t *testing.T) {
	cfg := DefaultConfig("", "")
	cfg.MaxConnections, cfg.ConnectionTimeout = 1, 50*time.Millisecond
	s, address := bounded(t, cfg)
	silent, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer silent.Close()
	require.Eventually(t, func() bool { return s.connections.count() == 1 }, patienceOfConnect, time.Millisecond)
	require.Eventually(t, func() bool { return s.connections.count() == 0 }, patienceOfConnect, time.Millisecond)
	requireKept(t, true, address, "127.0.0.1")
}

func TestAConnectionGivesItsPlaceBackOnce(t *testing.T) {
	var c connections
	listener := c.bound(newLoopback(t), Config{MaxConnectionsPerAddress: 5})
	for range 2 {
		client, err := net.Dial("tcp", listener.Addr().String())
		require.NoError(t, err)
		t.Cleanup(func() { _ = client.Close() })
	}
	one, err := listener.Accept()
	require.NoError(t, err)
	_, err = listener.Accept()
	require.NoError(t, err)
	require.NoError(t, one.Close())
	require.Error(t, one.Close())
	require.Equal(t, 1, c.count())
}

func newLoopback(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}
