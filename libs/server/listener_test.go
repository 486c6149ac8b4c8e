package server_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"google.golang.org/grpc"

	"github.com/sluice-ingest/sluice/libs/server"
	"github.com/sluice-ingest/sluice/libs/telemetry"
)

// connect opens a connection from a local address, and tells whether the
// server keeps it: a server of HTTP/2 speaks first.
func connect(t *testing.T, address, from string) (conn net.Conn, kept bool) {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: patience}
	conn, err := dialer.DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
	if err != nil {
		return conn, false
	}
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(patience)))
	_, err = conn.Read(make([]byte, 1))
	require.NotErrorIs(t, err, errTimeout)
	return conn, err == nil
}

var errTimeout = errors.New("i/o timeout")

func TestConnectionsOfAnAddressAreBounded(t *testing.T) {
	cfg := loopback()
	cfg.MaxConnectionsPerAddress = 2
	r := start(t, cfg, options(), refuse)
	first, kept := connect(t, r.grpc, "127.0.0.1")
	require.True(t, kept)
	_, kept = connect(t, r.grpc, "127.0.0.1")
	require.True(t, kept)
	_, kept = connect(t, r.grpc, "127.0.0.1")
	require.False(t, kept, "beyond the bound")
	_, kept = connect(t, r.grpc, "127.0.0.2")
	require.True(t, kept, "another address")
	require.NoError(t, first.Close())
	require.Eventually(t, func() bool {
		_, kept := connect(t, r.grpc, "127.0.0.1")
		return kept
	}, patience, time.Millisecond, "a place that was left is free again")
	require.NoError(t, r.end(t))
}
