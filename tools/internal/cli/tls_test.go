package cli_test

import (
	"crypto/tls"
	"encoding/pem"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/sluice-ingest/sluice/tools/internal/fakeserver"
)

func TestTLS(t *testing.T) {
	secured, ca := securedServer(t)
	open := fakeserver.Start(t)
	tests := map[string]struct {
		args []string
		code int
		want string
	}{
		"trusted authority":            {[]string{"--addr", secured, "--tls-ca", ca}, 0, ""},
		"unknown authority":            {[]string{"--addr", secured, "--tls"}, 3, "is not trusted; give its authority with --tls-ca"},
		"plaintext to a TLS server":    {[]string{"--addr", secured}, 3, "it may want TLS: give --tls or --tls-ca"},
		"TLS to a plaintext server":    {[]string{"--addr", open.Addr, "--tls"}, 3, "speaks no TLS; give --plaintext"},
		"plaintext on this machine":    {[]string{"--addr", open.Addr}, 0, ""},
		"plaintext that was asked for": {[]string{"--addr", open.Addr, "--plaintext"}, 0, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := sluice(t, append([]string{"files", "list"}, test.args...)...)
			require.Equal(t, test.code, got.code, got.stderr)
			require.Contains(t, got.stderr, test.want)
		})
	}
}

// securedServer returns the address of a server with TLS and the file of the
// authority that its certificate is from.
func securedServer(t *testing.T) (addr, ca string) {
	t.Helper()
	// httptest has a certificate for 127.0.0.1 at hand.
	certified := httptest.NewUnstartedServer(nil)
	certified.StartTLS()
	t.Cleanup(certified.Close)
	config := &tls.Config{Certificates: certified.TLS.Certificates, MinVersion: tls.VersionTLS13}
	server := fakeserver.Start(t, grpc.Creds(credentials.NewTLS(config)))
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certified.Certificate().Raw})
	return server.Addr, writeFile(t, "ca.pem", string(authority))
}
