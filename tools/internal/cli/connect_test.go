package cli_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/sluice-ingest/sluice/tools/internal/fakeserver"
)

func TestTokensComeFromFlagsVariablesAndFiles(t *testing.T) {
	server := fakeserver.Start(t)
	server.Key = "the-token"
	good, bad := writeFile(t, "token", "the-token\n"), writeFile(t, "token", "another")
	tests := map[string]struct {
		args      []string
		variables map[string]string
		code      int
		want      string
	}{
		"none":                     {nil, nil, 3, "CREDENTIALS"},
		"a file":                   {[]string{"--token-file", good}, nil, 0, ""},
		"a file's variable":        {nil, map[string]string{"SLUICE_TOKEN_FILE": good}, 0, ""},
		"another token":            {[]string{"--token-file", bad}, nil, 3, "CREDENTIALS"},
		"a key":                    {[]string{"--api-key", "the-token"}, nil, 0, ""},
		"a key's variable":         {nil, map[string]string{"SLUICE_API_KEY": "the-token"}, 0, ""},
		"a flag before a variable": {[]string{"--token-file", good}, map[string]string{"SLUICE_API_KEY": "another"}, 0, ""},
		"a key before a variable":  {[]string{"--api-key", "the-token"}, map[string]string{"SLUICE_TOKEN_FILE": bad}, 0, ""},
		"two flags":                {[]string{"--api-key", "x", "--token-file", good}, nil, 2, "--api-key contradicts --token-file"},
		"two variables":            {nil, map[string]string{"SLUICE_API_KEY": "x", "SLUICE_TOKEN_FILE": good}, 2, "SLUICE_API_KEY contradicts"},
		"no such file":             {[]string{"--token-file", good + "x"}, nil, 2, "--token-file: "},
		"an empty file":            {[]string{"--token-file", writeFile(t, "token", " \n")}, nil, 2, "--token-file: "},
		"no file's name":           {[]string{"--token-file", ""}, nil, 2, "--token-file is empty"},
		"a variable's lost file":   {nil, map[string]string{"SLUICE_TOKEN_FILE": good + "x"}, 2, "SLUICE_TOKEN_FILE: "},
		"half a certificate":       {[]string{"--client-cert", "x"}, nil, 2, "a client certificate has two files"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"files", "list", "--addr", server.Addr}, test.args...)
			got := sluiceWith(t, t.Context(), environment{variables: test.variables}, args...)
			require.Equal(t, test.code, got.code, got.stderr)
			require.Contains(t, got.stderr, test.want)
		})
	}
}

func TestClientCertificate(t *testing.T) {
	cert, key := clientPair(t)
	addr, ca := certifyingServer(t, cert)
	tests := map[string]struct {
		args      []string
		variables map[string]string
		code      int
	}{
		"presented":        {[]string{"--tls-ca", ca, "--client-cert", cert, "--client-key", key}, nil, 0},
		"by variables":     {[]string{"--tls-ca", ca}, map[string]string{"SLUICE_CLIENT_CERT": cert, "SLUICE_CLIENT_KEY": key}, 0},
		"none":             {[]string{"--tls-ca", ca}, nil, 3},
		"no such file":     {[]string{"--tls-ca", ca, "--client-cert", cert + "x", "--client-key", key}, nil, 2},
		"not in plaintext": {[]string{"--plaintext", "--client-cert", cert, "--client-key", key}, nil, 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"files", "list", "--addr", addr}, test.args...)
			got := sluiceWith(t, t.Context(), environment{variables: test.variables}, args...)
			require.Equal(t, test.code, got.code, got.stderr)
		})
	}
}

// clientPair makes a certificate that is its own authority.
func clientPair(t *testing.T) (cert, key string) {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, secret.Public(), secret)
	require.NoError(t, err)
	encoded, err := x509.MarshalPKCS8PrivateKey(secret)
	require.NoError(t, err)
	return writeFile(t, "client.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))),
		writeFile(t, "client.key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})))
}

// certifyingServer takes only clients with a certificate of this authority.
func certifyingServer(t *testing.T, authority string) (addr, ca string) {
	t.Helper()
	certified := httptest.NewUnstartedServer(nil)
	certified.StartTLS()
	t.Cleanup(certified.Close)
	trusted := x509.NewCertPool()
	content, err := os.ReadFile(authority)
	require.NoError(t, err)
	require.True(t, trusted.AppendCertsFromPEM(content))
	server := fakeserver.Start(t, grpc.Creds(credentials.NewTLS(&tls.Config{
		Certificates: certified.TLS.Certificates, MinVersion: tls.VersionTLS13,
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: trusted,
	})))
	own := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certified.Certificate().Raw})
	return server.Addr, writeFile(t, "ca.pem", string(own))
}
