package testkit_test

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

// received is what one connection brought to a sink.
type received struct {
	bytes int64
	err   error
}

// sink takes connections and says of each how many bytes came and how it
// ended.
func sink(t *testing.T) (addr string, ended <-chan received) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	results := make(chan received, 10)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				n, err := io.Copy(io.Discard, conn)
				results <- received{n, err}
			}()
		}
	}()
	return listener.Addr().String(), results
}

// echo answers every connection with what it sends.
func echo(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				_, _ = io.Copy(conn, conn)
			}()
		}
	}()
	return listener.Addr().String()
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	return conn
}

// exchange sends a line and reads it back.
func exchange(conn net.Conn, line string) error {
	if _, err := io.WriteString(conn, line); err != nil {
		return err
	}
	answer := make([]byte, len(line))
	_, err := io.ReadFull(conn, answer)
	if err == nil && string(answer) != line {
		err = errors.New("got " + string(answer))
	}
	return err
}

func TestProxyPassesBothWays(t *testing.T) {
	proxy := testkit.NewProxy(t, echo(t))
	require.NoError(t, exchange(dial(t, proxy.Addr()), "hello"))
	require.Equal(t, int64(5), proxy.Upstream())
}

func TestProxyCutsAtAByte(t *testing.T) {
	addr, ended := sink(t)
	proxy := testkit.NewProxy(t, addr)
	for _, n := range []int64{1, 32 << 10, 100_000} {
		proxy.CutAfter(n)
		conn := dial(t, proxy.Addr())
		_, err := io.Copy(conn, testkit.NewContent(1, 10<<20).Reader())
		require.Error(t, err)
		got := <-ended
		require.Equal(t, n, got.bytes)
		require.ErrorIs(t, got.err, syscall.ECONNRESET)
	}
}

func TestProxyTakesNewConnectionsAfterACut(t *testing.T) {
	proxy := testkit.NewProxy(t, echo(t))
	conn := dial(t, proxy.Addr())
	require.NoError(t, exchange(conn, "before"))
	proxy.Cut()
	require.ErrorIs(t, exchange(conn, "after"), syscall.ECONNRESET)
	require.NoError(t, exchange(dial(t, proxy.Addr()), "anew"))
}

func TestProxyHoldsBytesBackWhileStalled(t *testing.T) {
	proxy := testkit.NewProxy(t, echo(t))
	conn := dial(t, proxy.Addr())
	require.NoError(t, exchange(conn, "before"))
	proxy.Stall()
	require.NoError(t, conn.SetDeadline(time.Now().Add(100*time.Millisecond)))
	require.ErrorIs(t, exchange(conn, "x"), os.ErrDeadlineExceeded)
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	proxy.Resume()
	answer := make([]byte, 1)
	_, err := io.ReadFull(conn, answer)
	require.NoError(t, err)
	require.Equal(t, "x", string(answer))
}

func TestProxyDelaysAndLimits(t *testing.T) {
	proxy := testkit.NewProxy(t, echo(t))
	conn := dial(t, proxy.Addr())

	proxy.SetDelay(30 * time.Millisecond)
	start := time.Now()
	require.NoError(t, exchange(conn, "there and back"))
	require.GreaterOrEqual(t, time.Since(start), 60*time.Millisecond)

	proxy.SetDelay(0)
	proxy.SetRate(1 << 20)
	start = time.Now()
	require.NoError(t, exchange(conn, string(testkit.NewContent(1, 200<<10).Bytes(0, 200<<10))))
	// 32 KiB of the 200 KiB pass at once; the rest at 1 MiB/s.
	require.GreaterOrEqual(t, time.Since(start), 150*time.Millisecond)
}
