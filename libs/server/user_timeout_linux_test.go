package server

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestACountedConnectionHasTheUserTimeout(t *testing.T) {
	var c connections
	listener := c.bound(newLoopback(t), Config{Keepalive: Keepalive{Timeout: 7 * time.Second}})
	client, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	conn, err := listener.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.Equal(t, 7000, userTimeout(t, conn))
}

// userTimeout returns the TCP user timeout of a counted connection, in
// milliseconds.
func userTimeout(t *testing.T, conn net.Conn) (timeout int) {
	t.Helper()
	raw, err := conn.(*countedConn).Conn.(*net.TCPConn).SyscallConn()
	require.NoError(t, err)
	require.NoError(t, raw.Control(func(fd uintptr) {
		timeout, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT)
	}))
	require.NoError(t, err)
	return timeout
}
