package client

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"sync"
)

// clientCertificate is a certificate in files that are replaced now and then.
type clientCertificate struct {
	certFile, keyFile string

	mu sync.Mutex
	// last is the newest pair that could be read, and held are the connections that
	// are open; mu guards them.
	last *tls.Certificate
	held map[*heldConn]struct{}
}

// openClientCertificate fails when the files hold no pair.
func openClientCertificate(certFile, keyFile string) (*clientCertificate, error) {
	c := &clientCertificate{certFile: certFile, keyFile: keyFile, held: map[*heldConn]struct{}{}}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("client: the client certificate %s with the key %s can't be used: %w", certFile, keyFile, err)
	}
	c.last = &pair
	return c, nil
}

// read returns the pair in the files. Files that are half replaced do not matter:
// it is the pair read before then.
func (c *clientCertificate) read() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile); err == nil {
		c.last = &pair
	}
	return c.last
}

// readRoots returns the certificates of a PEM file.
func readRoots(path string) (*x509.CertPool, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("client: read the root certificates: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(content) {
		return nil, fmt.Errorf("client: %s holds no certificate in PEM", path)
	}
	return roots, nil
}
