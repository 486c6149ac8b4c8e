package tests

import (
	"crypto/tls"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
	"github.com/sluice-ingest/sluice/libs/trustfile/trusttest"
)

const certificateRules = `
certificates:
  - spiffe_id: spiffe://example.org/agent/*
    tenant: acme
    scopes: [all]
`

func TestAttackByCertificateIsRefused(t *testing.T) {
	servers, clients, strangers := trusttest.NewAuthority(t, "servers"), trusttest.NewAuthority(t, "clients"), trusttest.NewAuthority(t, "clients")
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	servers.Server(t).Write(t, path("cert.pem"), path("key.pem"))
	trusttest.Replace(t, path("ca.pem"), clients.PEM())
	trusttest.Replace(t, path("rules.yaml"), []byte(certificateRules))
	s := launchServer(t, t.TempDir(), "--tls-cert-file", path("cert.pem"), "--tls-key-file", path("key.pem"),
		"--tls-client-ca-file", path("ca.pem"), "--auth-certificates-file", path("rules.yaml"))
	ctx := bounded(t)
	as := func(pair *trusttest.Pair) peer {
		config := &tls.Config{RootCAs: servers.Pool(), MinVersion: tls.VersionTLS13}
		if pair != nil {
			// Whatever authorities the server names.
			certificate := pair.TLS(t)
			config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &certificate, nil }
		}
		return dial(t, s.Addr, grpc.WithTransportCredentials(credentials.NewTLS(config)),
			grpc.WithDefaultCallOptions(grpc.WaitForReady(false)))
	}
	agent := trusttest.URI(t, "spiffe://example.org/agent/a")
	good, forged := clients.Client(t, agent), strangers.Client(t, agent)
	unknown, server := clients.Client(t, trusttest.URI(t, "spiffe://example.org/other")), clients.Server(t)
	tests := []struct {
		name   string
		pair   *trusttest.Pair
		code   codes.Code
		reason string
	}{
		{"none", nil, codes.Unauthenticated, "CREDENTIALS_MISSING"},
		{"of_another_authority", &forged, codes.Unavailable, ""},
		{"not_for_clients", &server, codes.Unavailable, ""},
		{"without_a_rule", &unknown, codes.Unauthenticated, "CREDENTIALS_INVALID"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := as(tt.pair).files.ListFiles(ctx, &fileuploadv1.ListFilesRequest{})
			r := refusalOf(err)
			require.Equal(t, tt.code, r.code, "%v", err)
			require.Equal(t, tt.reason, r.reason)
		})
	}
	as(&good).store(ctx, t, "good.bin", testkit.NewContent(3, 1000))
}
