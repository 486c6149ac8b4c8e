package client

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// serveTLS runs a server on the loopback interface and returns its target and
// a configuration that trusts it.
func serveTLS(t *testing.T) (string, *tls.Config) {
	t.Helper()
	authority := httptest.NewTLSServer(nil)
	t.Cleanup(authority.Close)
	roots := x509.NewCertPool()
	roots.AddCert(authority.Certificate())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(grpc.Creds(credentials.NewServerTLSFromCert(&authority.TLS.Certificates[0])))
	fileuploadv1.RegisterFileUploadServiceServer(server, newFakeServer())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() { server.Stop(); <-done })
	return listener.Addr().String(), &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}

func TestAConnectionThatCantBeMadeSaysWhy(t *testing.T) {
	target, trusting := serveTLS(t)
	plaintext, stop, err := ServeExample()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	tests := []struct {
		name   string
		target string
		opt    Option
		want   string
	}{
		{"trusted", target, WithTLS(trusting), ""},
		{"untrusted", target, WithTLS(&tls.Config{MinVersion: tls.VersionTLS12}), "give the server's root certificate with WithTLS"},
		{"plaintext to TLS", target, WithPlaintext(), "may expect TLS: use WithTLS"},
		{"TLS to plaintext", plaintext, WithTLS(trusting), "use WithPlaintext"},
		{"nobody there", closed.Addr().String(), WithPlaintext(), "check the address and that the server runs"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := NewStreamingClient(test.target, test.opt, WithAPIKey("slk_secret"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			_, err = c.Upload(t.Context(), "a.bin", bytes.NewReader(nil), 0)
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantError(t, err, codes.Unavailable, "")
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("%q does not say %q", err, test.want)
			}
		})
	}
}
