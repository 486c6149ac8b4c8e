package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/sluice-ingest/sluice/libs/server"
)

func TestTLS(t *testing.T) {
	files, roots := certificate(t)
	cfg := loopback()
	cfg.TLS = files
	s := start(t, cfg, options(), refuse)
	require.True(t, s.tls, "the log line says so")

	check := func(creds credentials.TransportCredentials) error {
		_, err := healthv1.NewHealthClient(dial(t, s.grpc, creds)).Check(t.Context(), &healthv1.HealthCheckRequest{})
		return err
	}
	require.NoError(t, check(credentials.NewTLS(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13})))
	require.Equal(t, codes.Unavailable, status.Code(check(nil)), "plain text is refused")
	old := check(credentials.NewTLS(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12}))
	require.ErrorContains(t, old, "protocol version", "TLS 1.2 is refused")
	require.NoError(t, s.end(t))
}

func TestUnusableCertificateIsRefusedAtTheStart(t *testing.T) {
	cfg := loopback()
	cfg.TLS = server.TLS{CertFile: "/nowhere/cert.pem", KeyFile: "/nowhere/key.pem"}
	_, err := server.New(cfg, options())
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "/nowhere/cert.pem")
}

// certificate makes a self-signed certificate for 127.0.0.1.
func certificate(t *testing.T) (server.TLS, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)

	files := server.TLS{
		CertFile: writePEM(t, "cert.pem", "CERTIFICATE", der),
		KeyFile:  writePEM(t, "key.pem", "PRIVATE KEY", keyDER),
	}
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return files, roots
}

func writePEM(t *testing.T, name, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	return path
}
