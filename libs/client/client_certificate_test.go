package client

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

// authority issues certificates into files.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{file: filepath.Join(t.TempDir(), "ca.pem")}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.key = newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	writePEM(t, a.file, "CERTIFICATE", der)
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue writes a certificate of the serial number, for both sides, with its key.
func (a *authority) issue(t *testing.T, serial int64, certFile, keyFile string) {
	t.Helper()
	key := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, certFile, "CERTIFICATE", der)
	writePEM(t, keyFile, "PRIVATE KEY", encoded)
}

func writePEM(t *testing.T, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// mutualServer wants certificates of the authority and notes their numbers.
type mutualServer struct {
	logaggv1.UnimplementedLogAggregationServiceServer

	target  string
	refused atomic.Int64
	reason  string
	serials chan int64
	conns   chan net.Conn
}

func (m *mutualServer) FlushLogs(ctx context.Context, _ *logaggv1.FlushLogsRequest) (*logaggv1.FlushLogsResponse, error) {
	serial := serialOf(ctx)
	if err := m.refuse(serial); err != nil {
		return nil, err
	}
	m.serials <- serial
	return &logaggv1.FlushLogsResponse{}, nil
}

func (m *mutualServer) TailLogs(_ *logaggv1.TailLogsRequest, out grpc.ServerStreamingServer[logaggv1.TailLogsResponse]) error {
	serial := serialOf(out.Context())
	if err := m.refuse(serial); err != nil {
		return err
	}
	m.serials <- serial
	return nil
}

func serialOf(ctx context.Context) int64 {
	p, _ := peer.FromContext(ctx)
	info, _ := p.AuthInfo.(credentials.TLSInfo)
	return info.State.PeerCertificates[0].SerialNumber.Int64()
}

// refuse refuses certificates with numbers up to one.
func (m *mutualServer) refuse(serial int64) error {
	if serial > m.refused.Load() {
		return nil
	}
	return fakeError(codes.Unauthenticated, m.reason, "not any more")
}

// keepingListener keeps each connection for the test to break.
type keepingListener struct {
	net.Listener

	conns chan net.Conn
}

func (l keepingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.conns <- conn
	}
	return conn, err
}

func serveMutual(t *testing.T, a *authority) *mutualServer {
	t.Helper()
	certFile, keyFile := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	a.issue(t, 2, certFile, keyFile)
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	clients := x509.NewCertPool()
	clients.AddCert(a.cert)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mutualServer{target: listener.Addr().String(), serials: make(chan int64, 10), conns: make(chan net.Conn, 100)}
	server := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{pair}, ClientCAs: clients,
		ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13,
	})))
	logaggv1.RegisterLogAggregationServiceServer(server, m)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(keepingListener{listener, m.conns})
	}()
	t.Cleanup(func() { server.Stop(); <-done })
	return m
}

// reconnect breaks the connection, and flushes over a new one.
func (m *mutualServer) reconnect(t *testing.T, c *StreamingClient) int64 {
	t.Helper()
	_ = (<-m.conns).Close()
	for range 100 {
		if err := c.FlushLogs(t.Context()); err == nil {
			return <-m.serials
		}
	}
	t.Fatal("no new connection")
	return 0
}

func TestAClientCertificateIsReadForEachConnection(t *testing.T) {
	a := newAuthority(t)
	server := serveMutual(t, a)
	certFile, keyFile := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	a.issue(t, 10, certFile, keyFile)
	c, err := NewStreamingClient(server.target, WithRootCA(a.file), WithClientCertificate(certFile, keyFile))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.FlushLogs(t.Context()); err != nil {
		t.Fatal(err)
	}
	if serial := <-server.serials; serial != 10 {
		t.Errorf("certificate %d, want 10", serial)
	}
	a.issue(t, 11, certFile, keyFile)
	if serial := server.reconnect(t, c); serial != 11 {
		t.Errorf("certificate %d, want the new one", serial)
	}
	if err := os.WriteFile(keyFile, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if serial := server.reconnect(t, c); serial != 11 {
		t.Errorf("certificate %d, want the one before", serial)
	}
}

// What the server has against a certificate it has for as long as the connection
// lasts, so that another one needs another connection.
func TestACertificateThatIsRefusedIsReplacedByThatOfTheFiles(t *testing.T) {
	for _, reason := range []string{reasonCredentialsExpired, reasonTokenExpired, reasonCredentialsRevoked} {
		t.Run(reason, func(t *testing.T) {
			a := newAuthority(t)
			server := serveMutual(t, a)
			server.reason = reason
			certFile, keyFile := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
			a.issue(t, 10, certFile, keyFile)
			c, err := NewStreamingClient(server.target, WithRootCA(a.file), WithClientCertificate(certFile, keyFile))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			flush := func() error { return c.FlushLogs(t.Context()) }
			attempt := func() error {
				return c.try(t.Context(), trial{
					attempt: func(ctx context.Context) error {
						tail, err := c.logs.TailLogs(ctx, &logaggv1.TailLogsRequest{})
						if err == nil {
							_, err = tail.Recv()
						}
						if errors.Is(err, io.EOF) {
							return nil
						}
						return FromStatus(err)
					},
					again: refusesToken, reached: func() int64 { return 0 }, waiting: func(error, time.Duration) {},
				})
			}
			if err := flush(); err != nil || <-server.serials != 10 {
				t.Fatal(err)
			}
			serial := int64(10)
			for range 20 {
				for _, call := range []func() error{flush, attempt} {
					server.refused.Store(serial)
					serial++
					a.issue(t, serial, certFile, keyFile)
					if err := call(); err != nil {
						t.Fatal(err)
					}
					if got := <-server.serials; got != serial {
						t.Fatalf("certificate %d, want %d", got, serial)
					}
				}
			}
			if n := len(server.conns); n > 41 {
				t.Errorf("%d connections", n)
			}
		})
	}
}

func TestARevokedCertificateWithoutAnotherIsNotTriedAgain(t *testing.T) {
	a := newAuthority(t)
	server := serveMutual(t, a)
	server.reason = reasonCredentialsRevoked
	server.refused.Store(10)
	certFile, keyFile := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	a.issue(t, 10, certFile, keyFile)
	c, err := NewStreamingClient(server.target, WithRootCA(a.file), WithClientCertificate(certFile, keyFile))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	attempts := 0
	err = c.try(t.Context(), trial{
		attempt: func(ctx context.Context) error {
			attempts++
			_, err := c.logs.FlushLogs(ctx, &logaggv1.FlushLogsRequest{})
			return FromStatus(err)
		},
		again: retryable, reached: func() int64 { return 0 }, waiting: func(error, time.Duration) {},
	})
	if !refusesToken(err) || attempts != 1 || len(server.conns) != 1 {
		t.Errorf("%d attempts over %d connections: %v", attempts, len(server.conns), err)
	}
}

func TestOptionsOfTLSThatCantBeUsed(t *testing.T) {
	a := newAuthority(t)
	certFile, keyFile := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	a.issue(t, 10, certFile, keyFile)
	config := &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: x509.NewCertPool(), Certificates: make([]tls.Certificate, 1)}
	tests := map[string]struct {
		opts []Option
		want string
	}{
		"no such certificate":   {[]Option{WithClientCertificate("nowhere", keyFile)}, "can't be used"},
		"another's key":         {[]Option{WithClientCertificate(a.file, keyFile)}, "can't be used"},
		"no key":                {[]Option{WithClientCertificate(certFile, "")}, "needs both files"},
		"no such roots":         {[]Option{WithRootCA("nowhere")}, "read the root certificates"},
		"roots that are none":   {[]Option{WithRootCA(keyFile)}, "no certificate in PEM"},
		"roots twice":           {[]Option{WithRootCA(a.file), WithTLS(config)}, "exclude each other"},
		"certificate twice":     {[]Option{WithClientCertificate(certFile, keyFile), WithTLS(config)}, "exclude each other"},
		"plaintext and roots":   {[]Option{WithRootCA(a.file), WithPlaintext()}, "excludes WithRootCA"},
		"key and token":         {[]Option{WithAPIKey("k"), WithTokenSource(StaticToken("t"))}, "exclude each other"},
		"plaintext certificate": {[]Option{WithClientCertificate(certFile, keyFile), WithPlaintext()}, "WithClientCertificate"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := NewStreamingClient("localhost:1", test.opts...)
			if err == nil {
				_ = c.Close()
				t.Fatal("it was taken")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q does not say %q", err, test.want)
			}
		})
	}
}
