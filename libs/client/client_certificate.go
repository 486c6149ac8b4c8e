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
	// last is the newest pair that could be read; mu guards it.
	last *tls.Certificate
}

// openClientCertificate fails when the files hold no pair.
func openClientCertificate(certFile, keyFile string) (*clientCertificate, error) {
	c := &clientCertificate{certFile: certFile, keyFile: keyFile}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("client: the client certificate %s with the key %s can't be used: %w", certFile, keyFile, err)
	}
	c.last = &pair
	return c, nil
}

// get is a tls.Config's GetClientCertificate. Files that are half replaced do not
// matter: the pair read before is presented then.
func (c *clientCertificate) get(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile); err == nil {
		c.last = &pair
	}
	return c.last, nil
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
