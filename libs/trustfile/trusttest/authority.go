// Package trusttest makes certificate authorities and certificates for tests.
package trusttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Authority signs certificates. They are good for an hour unless changed.
type Authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// NewAuthority makes an authority with a name.
func NewAuthority(t testing.TB, name string) *Authority {
	t.Helper()
	template := template(name)
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign
	key := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return &Authority{certificate: certificate, key: key}
}

// Pool has the authority and nobody else.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// PEM is the authority's certificate.
func (a *Authority) PEM() []byte { return encode("CERTIFICATE", a.certificate.Raw) }

// Server returns a certificate for localhost, 127.0.0.1 and ::1.
func (a *Authority) Server(t testing.TB) Pair {
	t.Helper()
	return a.issue(t, func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		c.DNSNames = []string{"localhost"}
		c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	})
}

// Client returns a client's certificate; change may give it names and another
// life.
func (a *Authority) Client(t testing.TB, change func(*x509.Certificate)) Pair {
	t.Helper()
	return a.issue(t, func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		change(c)
	})
}

func (a *Authority) issue(t testing.TB, change func(*x509.Certificate)) Pair {
	t.Helper()
	template := template("test")
	template.KeyUsage = x509.KeyUsageDigitalSignature
	change(template)
	key := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return Pair{Cert: encode("CERTIFICATE", der), Key: encode("PRIVATE KEY", keyDER)}
}

// Pair is a certificate and its key in PEM.
type Pair struct {
	Cert, Key []byte
}

// TLS returns the pair for a client.
func (p Pair) TLS(t testing.TB) tls.Certificate {
	t.Helper()
	certificate, err := tls.X509KeyPair(p.Cert, p.Key)
	require.NoError(t, err)
	return certificate
}

// Write puts the pair into files, each replaced by renaming.
func (p Pair) Write(t testing.TB, certFile, keyFile string) {
	t.Helper()
	Replace(t, certFile, p.Cert)
	Replace(t, keyFile, p.Key)
}

// Replace puts data in the place of a file, with mode 0600.
func Replace(t testing.TB, path string, data []byte) {
	t.Helper()
	next := filepath.Join(filepath.Dir(path), ".next")
	require.NoError(t, os.WriteFile(next, data, 0o600))
	require.NoError(t, os.Rename(next, path))
}

// URI gives a certificate URI names.
func URI(t testing.TB, uris ...string) func(*x509.Certificate) {
	t.Helper()
	parsed := make([]*url.URL, 0, len(uris))
	for _, uri := range uris {
		u, err := url.Parse(uri)
		require.NoError(t, err)
		parsed = append(parsed, u)
	}
	return func(c *x509.Certificate) { c.URIs = parsed }
}

// DNS gives a certificate DNS names.
func DNS(names ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.DNSNames = names }
}

func template(name string) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(time.Hour),
	}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
