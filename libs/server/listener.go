package server

import (
	"net"
	"net/netip"
	"sync"

	"github.com/sluice-ingest/sluice/libs/interceptor/address"
)

// connections counts the open connections of the gRPC port, those in their
// handshakes too. The zero value is ready for use.
type connections struct {
	mu sync.Mutex // Guards what follows.
	// of has no entry for an address without connections.
	of   map[netip.Prefix]int
	open int
	// refused counts by the key of the bound.
	refused map[string]int64
}

// The keys of the bounds in the configuration of a service.
const (
	boundOfAll     = "limits.connections"
	boundOfAddress = "limits.address.connections"
)

// bound returns a listener that closes at once what comes beyond the bounds of
// the configuration. Such a client sees its connection closed before the
// handshake, and comes back as after any failure to connect.
func (c *connections) bound(inner net.Listener, cfg Config) net.Listener {
	return &boundListener{Listener: inner, connections: c, cfg: cfg}
}

// enter counts a connection, or refuses it and returns false.
func (c *connections) enter(from netip.Prefix, cfg Config) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cfg.MaxConnections > 0 && c.open >= cfg.MaxConnections {
		return c.refuse(boundOfAll)
	}
	if cfg.MaxConnectionsPerAddress > 0 && c.of[from] >= cfg.MaxConnectionsPerAddress {
		return c.refuse(boundOfAddress)
	}
	if c.of == nil {
		c.of = map[netip.Prefix]int{}
	}
	c.open++
	c.of[from]++
	return true
}

func (c *connections) refuse(key string) bool {
	if c.refused == nil {
		c.refused = map[string]int64{}
	}
	c.refused[key]++
	return false
}

func (c *connections) leave(from netip.Prefix) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open--
	c.of[from]--
	if c.of[from] == 0 {
		delete(c.of, from)
	}
}

type boundListener struct {
	net.Listener

	connections *connections
	cfg         Config
}

// Accept returns the next connection within the bounds.
func (l *boundListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := address.Of(conn.RemoteAddr())
		if !l.connections.enter(from, l.cfg) {
			_ = conn.Close() // There is nobody to tell.
			continue
		}
		setUserTimeout(conn, l.cfg.Keepalive.Timeout)
		return &countedConn{Conn: conn, leave: sync.OnceFunc(func() { l.connections.leave(from) })}, nil
	}
}

// countedConn gives its place back when it is closed.
type countedConn struct {
	net.Conn

	leave func()
}

// Close closes the connection. It may be called more than once.
func (c *countedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
