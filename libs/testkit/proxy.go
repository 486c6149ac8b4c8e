package testkit

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"
)

// proxyBuffer is how much a direction of a connection moves at once.
const proxyBuffer = 32 << 10

// Proxy passes TCP connections on to a target and can do to them what a bad
// network does. Its methods apply to the connections that are open and to
// those that come, and are safe for concurrent use. It ends with the test.
type Proxy struct {
	target   string
	listener net.Listener
	ctx      context.Context // ends with the test
	work     sync.WaitGroup

	mu    sync.Mutex // guards what follows
	conns map[net.Conn]struct{}
	// cutAfter is how many bytes may still go to the target before all is cut;
	// negative for any number.
	cutAfter int64
	upstream int64
	delay    time.Duration
	limit    *rate.Limiter
	// stalled is closed while bytes may pass.
	stalled chan struct{}
}

// NewProxy starts a proxy on a loopback port before target, `host:port`.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	p := &Proxy{
		target:   target,
		listener: listener,
		ctx:      ctx,
		conns:    make(map[net.Conn]struct{}),
		cutAfter: -1,
		limit:    rate.NewLimiter(rate.Inf, proxyBuffer),
		stalled:  make(chan struct{}),
	}
	close(p.stalled)
	p.work.Go(p.accept)
	t.Cleanup(func() {
		cancel()
		_ = listener.Close()
		p.Cut()
		p.work.Wait()
	})
	return p
}

// Addr is where clients connect, `host:port`.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Upstream returns the number of bytes that went from clients to the target.
func (p *Proxy) Upstream() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.upstream
}

// Cut resets every open connection, on both sides. New ones are taken.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reset()
}

// CutAfter lets n more bytes go from clients to the target, over all
// connections, and then resets them as [Proxy.Cut] does, once.
func (p *Proxy) CutAfter(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cutAfter = n
	if n == 0 {
		p.reset()
	}
}

// Stall stops passing bytes in both directions and keeps the connections open,
// as a network does whose packets are lost.
func (p *Proxy) Stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.stalled:
		p.stalled = make(chan struct{})
	default:
	}
}

// Resume ends a stall. What was held back passes then.
func (p *Proxy) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.stalled:
	default:
		close(p.stalled)
	}
}

// SetDelay holds every piece of at most 32 KiB back for d, in both directions
// and one after another; 0 is the default.
func (p *Proxy) SetDelay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// SetRate limits what goes to the target, over all connections, to so many
// bytes a second; 0 is the default and means no limit.
func (p *Proxy) SetRate(bytesPerSecond float64) {
	if bytesPerSecond == 0 {
		p.limit.SetLimit(rate.Inf)
		return
	}
	p.limit.SetLimit(rate.Limit(bytesPerSecond))
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed at the end of the test
		}
		p.work.Go(func() { p.serve(client) })
	}
}

// serve passes one connection on until either side ends or it is cut.
func (p *Proxy) serve(client net.Conn) {
	defer p.forget(client)
	target, err := (&net.Dialer{}).DialContext(p.ctx, "tcp", p.target)
	if err != nil {
		return
	}
	defer p.forget(target)
	if !p.remember(client, target) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { p.copy(target, client, true) })
	both.Go(func() { p.copy(client, target, false) })
	both.Wait()
}

func (p *Proxy) copy(to, from net.Conn, up bool) {
	buf := make([]byte, proxyBuffer)
	for {
		n, err := from.Read(buf)
		if n > 0 && !p.pass(to, buf[:n], up) {
			err = net.ErrClosed
		}
		if err != nil {
			// The other direction ends as well: gRPC never half-closes.
			_ = to.Close()
			_ = from.Close()
			return
		}
	}
}

// pass writes b to one side after what a bad network does to it. It tells
// whether the connection goes on.
func (p *Proxy) pass(to net.Conn, b []byte, up bool) bool {
	if !p.hold(len(b), up) {
		return false
	}
	if !up {
		_, err := to.Write(b)
		return err == nil
	}
	b, cut := p.account(b)
	_, err := to.Write(b)
	if cut {
		p.Cut()
	}
	return err == nil && !cut
}

// hold waits out stall, delay and rate. It reports false at the test's end.
func (p *Proxy) hold(n int, up bool) bool {
	p.mu.Lock()
	stalled, delay := p.stalled, p.delay
	p.mu.Unlock()
	select {
	case <-stalled:
	case <-p.ctx.Done():
		return false
	}
	if delay > 0 {
		select {
		case <-time.After(delay):
		case <-p.ctx.Done():
			return false
		}
	}
	return !up || p.limit.WaitN(p.ctx, n) == nil
}

// account counts b and shortens it to what may pass before a cut.
func (p *Proxy) account(b []byte) (passing []byte, cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cutAfter >= 0 && p.cutAfter <= int64(len(b)) {
		b, cut = b[:p.cutAfter], true
		p.cutAfter = -1
	} else if p.cutAfter > 0 {
		p.cutAfter -= int64(len(b))
	}
	p.upstream += int64(len(b))
	return b, cut
}

func (p *Proxy) remember(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx.Err() != nil {
		return false
	}
	for _, conn := range conns {
		p.conns[conn] = struct{}{}
	}
	return true
}

func (p *Proxy) forget(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, conn)
	_ = conn.Close()
}

// reset closes with a TCP reset instead of an orderly end. The caller holds mu.
func (p *Proxy) reset() {
	// All lose their linger first: when one is closed, the goroutine that copies
	// from it closes its peer.
	for conn := range p.conns {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
	}
	for conn := range p.conns {
		_ = conn.Close()
	}
}
