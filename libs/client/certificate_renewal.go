package client

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc/credentials"
)

// certificateCredentials are TLS with a certificate that is replaced now and then.
// They know the connections, since one goes on with the certificate that it began
// with, however often the server refuses that.
type certificateCredentials struct {
	credentials.TransportCredentials

	config      *tls.Config
	certificate *clientCertificate
}

func newCertificateCredentials(config *tls.Config, certificate *clientCertificate) certificateCredentials {
	return certificateCredentials{credentials.NewTLS(config), config, certificate}
}

// Clone returns credentials of the same connections.
func (c certificateCredentials) Clone() credentials.TransportCredentials {
	return newCertificateCredentials(c.config.Clone(), c.certificate)
}

// ClientHandshake presents the certificate where the server asks for one.
func (c certificateCredentials) ClientHandshake(
	ctx context.Context, authority string, raw net.Conn,
) (net.Conn, credentials.AuthInfo, error) {
	var presented *tls.Certificate
	config := c.config.Clone()
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		presented = c.certificate.read()
		return presented, nil
	}
	conn, info, err := credentials.NewTLS(config).ClientHandshake(ctx, authority, raw)
	if err != nil || presented == nil {
		return conn, info, err
	}
	return c.certificate.hold(conn, presented), info, nil
}

// heldConn is a connection that was made with a certificate.
type heldConn struct {
	net.Conn

	presented *tls.Certificate
	// gone is closed by closed, when gRPC has given the connection up.
	gone   chan struct{}
	closed func()
}

// Close closes the connection. It may be called more than once.
func (h *heldConn) Close() error {
	h.closed()
	return h.Conn.Close()
}

// breakOff has gRPC make another connection, and returns once no call goes by this
// one any more.
func (h *heldConn) breakOff(ctx context.Context) {
	_ = h.Conn.Close() // It is given up.
	select {
	case <-h.gone:
	case <-ctx.Done():
	}
}

// hold notes with which certificate a connection was made, until it is closed.
func (c *clientCertificate) hold(conn net.Conn, presented *tls.Certificate) *heldConn {
	held := &heldConn{Conn: conn, presented: presented, gone: make(chan struct{})}
	held.closed = sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.held, held)
		close(held.gone)
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held[held] = struct{}{}
	return held
}

// renewed breaks the connections off that were made with another certificate than
// the files have, and tells whether the next call has a better one than that which
// was refused. One that has expired was another, unless that of the files has; its
// connection may have been broken off for another call.
func (c *clientCertificate) renewed(ctx context.Context, reason string) bool {
	now := c.read()
	others := c.heldWithout(now)
	for _, conn := range others {
		conn.breakOff(ctx)
	}
	return len(others) > 0 || reason != reasonCredentialsRevoked && time.Now().Before(now.Leaf.NotAfter)
}

func (c *clientCertificate) heldWithout(certificate *tls.Certificate) (others []*heldConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.held {
		if !conn.presented.Leaf.Equal(certificate.Leaf) {
			others = append(others, conn)
		}
	}
	return others
}
