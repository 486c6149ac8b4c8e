package tests

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/trustfile/trusttest"
)

const guardCertificateRules = `certificates:
  - spiffe_id: spiffe://example.org/plant/*
    tenant: plants
    subject: plant
    scopes: [all]
`

// guardMutual is a server that takes all three kinds of credentials.
type guardMutual struct {
	*guard

	clientCA string
	clients  *trusttest.Authority
}

func startMutual(t *testing.T, kind guardKind) *guardMutual {
	t.Helper()
	dir := t.TempDir()
	m := &guardMutual{clientCA: filepath.Join(dir, "clients.pem"), clients: trusttest.NewAuthority(t, "clients")}
	rules := filepath.Join(dir, "certificates.yaml")
	trusttest.Replace(t, m.clientCA, m.clients.PEM())
	trusttest.Replace(t, rules, []byte(guardCertificateRules))
	m.guard = startGuard(t, kind, "--tls-client-ca-file", m.clientCA, "--auth-certificates-file", rules)
	return m
}

// as makes the TLS configuration of a client that presents a certificate, whatever
// authorities the server names.
func (m *guardMutual) as(t *testing.T, servers *x509.CertPool, authority *trusttest.Authority) *tls.Config {
	t.Helper()
	certificate := authority.Client(t, trusttest.URI(t, "spiffe://example.org/plant/a")).TLS(t)
	present := func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &certificate, nil }
	return &tls.Config{RootCAs: servers, MinVersion: tls.VersionTLS13, GetClientCertificate: present}
}

func TestCredentialsOfAllKindsWorkOnOneServer(t *testing.T) {
	forEachKind(t, func(t *testing.T, kind guardKind) {
		t.Helper()
		m := startMutual(t, kind)
		ctx := bounded(t)
		_, key := m.createKey(t, "keys", "agent")
		jwt := m.issuer.token(soon(time.Hour))
		none := &tls.Config{RootCAs: m.certs.Pool, MinVersion: tls.VersionTLS13}
		certificate := m.as(t, m.certs.Pool, m.clients)
		taken := []struct {
			name            string
			config          *tls.Config
			token           string
			tenant, subject string
		}{
			{"a_key", none, key, "keys", "agent"},
			{"a_token", none, jwt, "acme", "alice"},
			{"a_certificate", certificate, "", "plants", "plant"},
			{"a_key_before_a_certificate", certificate, key, "keys", "agent"},
			{"a_token_before_a_certificate", certificate, jwt, "acme", "alice"},
		}
		for _, tt := range taken {
			p := guardDial(t, m.Addr, tt.config, tt.token)
			open := kind.open(ctx, t, p, newWork())
			requireOnlyStreamIsOf(ctx, t, p, tt.tenant, tt.subject)
			require.NoError(t, open.finish(), tt.name)
		}
		for reason, p := range map[string]guardPeer{
			"CREDENTIALS_MISSING": guardDial(t, m.Addr, none, ""),
			// The certificate does not make up for it.
			"CREDENTIALS_INVALID": guardDial(t, m.Addr, certificate, jwt+"x"),
			"CREDENTIALS_EXPIRED": guardDial(t, m.Addr, certificate, m.issuer.token(time.Now().Add(-time.Hour))),
		} {
			_, err := p.streams.ListStreams(ctx, &streamv1.ListStreamsRequest{})
			requireRefused(t, err, codes.Unauthenticated, reason)
		}
	})
}

// requireOnlyStreamIsOf wants the caller to see one open stream, its own.
func requireOnlyStreamIsOf(ctx context.Context, t *testing.T, p guardPeer, tenant, subject string) {
	t.Helper()
	list, err := p.streams.ListStreams(ctx, &streamv1.ListStreamsRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetStreams(), 1)
	require.Equal(t, tenant, list.GetStreams()[0].GetTenant())
	require.Equal(t, subject, list.GetStreams()[0].GetSubject())
}

// TestCertificatesAreReloaded replaces the server's certificate and the clients'
// authority. New connections use the new ones, and old streams go on.
func TestCertificatesAreReloaded(t *testing.T) {
	m := startMutual(t, guardKinds[0])
	ctx := bounded(t)
	before := m.as(t, m.certs.Pool, m.clients)
	open := m.kind.open(ctx, t, guardDial(t, m.Addr, before, ""), newWork())

	servers, clients := trusttest.NewAuthority(t, "new servers"), trusttest.NewAuthority(t, "new clients")
	servers.Server(t).Write(t, m.certs.CertFile, m.certs.KeyFile)
	trusttest.Replace(t, m.clientCA, clients.PEM())
	after := m.as(t, servers.Pool(), clients)
	require.Eventually(t, func() bool { return shakesHands(m.Addr, after) }, awaitTime, 50*time.Millisecond)

	require.False(t, shakesHands(m.Addr, before), "the old authority is not trusted any more")
	require.False(t, shakesHands(m.Addr, m.as(t, servers.Pool(), m.clients)))
	p := guardDial(t, m.Addr, after, "")
	require.NoError(t, m.kind.open(ctx, t, p, newWork()).finish())
	require.NoError(t, open.send(), "a stream from before goes on")
	require.NoError(t, open.finish())
}

// shakesHands tells whether a client gets a connection. Under TLS 1.3 it learns
// from what it reads that its own certificate was refused.
func shakesHands(addr string, config *tls.Config) bool {
	config = config.Clone()
	config.NextProtos = []string{"h2"}
	conn, err := tls.Dial("tcp", addr, config)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetReadDeadline(time.Now().Add(awaitTime)); err != nil {
		return false
	}
	_, err = conn.Read(make([]byte, 1)) // The server speaks first: its settings.
	return err == nil
}

func TestOldTLSIsTakenByOptionOnly(t *testing.T) {
	for name, tt := range map[string]struct {
		args  []string
		taken bool
	}{
		"by_default": {nil, false},
		"by_option":  {[]string{"--tls-min-version", "1.2"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			g := startGuard(t, guardKinds[0], tt.args...)
			config := func(version uint16) *tls.Config {
				return &tls.Config{RootCAs: g.certs.Pool, MinVersion: version, MaxVersion: version}
			}
			require.True(t, shakesHands(g.Addr, config(tls.VersionTLS13)))
			require.Equal(t, tt.taken, shakesHands(g.Addr, config(tls.VersionTLS12)))
			require.False(t, shakesHands(g.Addr, config(tls.VersionTLS11)))
		})
	}
}
