package auth_test

import (
	"context"
	"crypto/x509"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sluice-ingest/sluice/libs/interceptor/auth"
	"github.com/sluice-ingest/sluice/libs/interceptor/internal/testserver"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/trustfile/trusttest"
)

const rules = `
certificates:
  - spiffe_id: spiffe://example.org/collector/*
    tenant: acme
    scopes: [points:write]
    allow: {sources: [plant-*]}
  - dns_san: "*.agents.example.org"
    tenant: agents
    subject: agent
    scopes: [logs:write]
  - uri_san: https://example.org/backup
    tenant: acme
    scopes: [all]
`

func TestCertificateMakesThePrincipal(t *testing.T) {
	m := serveTLS(t, auth.Config{}, rules)
	notAfter := time.Now().Add(time.Minute).Truncate(time.Second).UTC()
	collector := m.clients.Client(t, func(c *x509.Certificate) {
		trusttest.URI(t, "spiffe://example.org/collector/a")(c)
		c.SerialNumber, c.NotAfter = big.NewInt(0xbeef), notAfter
	})
	got, err := m.whoAmI(t, m.dial(t, &collector), "")
	require.NoError(t, err)
	require.NoError(t, got.Revoked.Err())
	got.Revoked = nil
	require.Equal(t, principal.Principal{
		Tenant: "acme", Subject: "spiffe://example.org/collector/a", Credential: "certificate:beef", ExpiresAt: notAfter,
		Scopes: []principal.Scope{principal.PointsWrite}, Grants: principal.Grants{Sources: principal.Patterns{"plant-*"}},
	}, got)

	agent := m.clients.Client(t, trusttest.DNS("other.example.org", "A1.Agents.example.org"))
	got, err = m.whoAmI(t, m.dial(t, &agent), "")
	require.NoError(t, err)
	require.Equal(t, "agents/agent", got.Tenant+"/"+got.Subject)

	backup := m.clients.Client(t, trusttest.URI(t, "https://example.org/backup"))
	got, err = m.whoAmI(t, m.dial(t, &backup), "")
	require.NoError(t, err)
	require.Equal(t, "https://example.org/backup", got.Subject)
}

func TestCertificatesThatAreRefused(t *testing.T) {
	m := serveTLS(t, auth.Config{}, rules)
	stranger := trusttest.NewAuthority(t, "clients") // The same name, another key.
	id := trusttest.URI(t, "spiffe://example.org/collector/a")
	tests := []struct {
		name string
		pair trusttest.Pair
		// reason is "" where the handshake fails already.
		reason problem.Reason
	}{
		{"of another authority", stranger.Client(t, id), ""},
		// Its issuer is not among those that the handshake asks for: it is not sent.
		{"of the servers' authority", m.server.Client(t, id), problem.CredentialsMissing},
		{"expired", m.clients.Client(t, func(c *x509.Certificate) { id(c); c.NotAfter = time.Now().Add(-time.Second) }), ""},
		{"not yet valid", m.clients.Client(t, func(c *x509.Certificate) { id(c); c.NotBefore = time.Now().Add(time.Minute) }), ""},
		{"of a server", m.clients.Client(t, func(c *x509.Certificate) { id(c); c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), ""},
		{"of another trust domain", m.clients.Client(t, trusttest.URI(t, "spiffe://example.com/collector/a")), problem.CredentialsInvalid},
		{"beside the pattern", m.clients.Client(t, trusttest.URI(t, "spiffe://example.org/collectors/a")), problem.CredentialsInvalid},
		{"above the pattern", m.clients.Client(t, trusttest.URI(t, "spiffe://example.org/collector")), problem.CredentialsInvalid},
		{"leading out of the pattern", m.clients.Client(t, trusttest.URI(t, "spiffe://example.org/collector/../admin")), problem.CredentialsInvalid},
		{"with two SPIFFE ids", m.clients.Client(t, trusttest.URI(t, "spiffe://example.org/collector/a", "spiffe://example.org/b")), problem.CredentialsInvalid},
		{"two labels below", m.clients.Client(t, trusttest.DNS("a.b.agents.example.org")), problem.CredentialsInvalid},
		{"with a wildcard", m.clients.Client(t, trusttest.DNS("*.agents.example.org")), problem.CredentialsInvalid},
		{"with a name only in its subject", m.clients.Client(t, func(c *x509.Certificate) { c.Subject.CommonName = "a1.agents.example.org" }), problem.CredentialsInvalid},
		{"with a name that is no subject", m.clients.Client(t, trusttest.URI(t, "spiffe://example.org/collector/a~b")), problem.CredentialsInvalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := m.whoAmI(t, m.dial(t, &test.pair), "")
			if test.reason == "" {
				require.Equal(t, codes.Unavailable, status.Code(err), "%v", err)
				return
			}
			testserver.RequireProblem(t, err, codes.Unauthenticated, test.reason)
		})
	}
	_, err := m.whoAmI(t, m.dial(t, nil), "")
	st := testserver.RequireProblem(t, err, codes.Unauthenticated, problem.CredentialsMissing)
	require.Contains(t, st.Message(), "connect with a client certificate")
}

func TestCertificateEndsOnAnOpenConnection(t *testing.T) {
	m := serveTLS(t, auth.Config{}, rules)
	notAfter := time.Now().Add(3 * time.Second).Truncate(time.Second)
	short := m.clients.Client(t, func(c *x509.Certificate) {
		trusttest.URI(t, "https://example.org/backup")(c)
		c.NotAfter = notAfter
	})
	conn := m.dial(t, &short)
	_, err := m.whoAmI(t, conn, "")
	require.NoError(t, err)
	<-time.After(time.Until(notAfter))
	_, err = m.whoAmI(t, conn, "")
	testserver.RequireProblem(t, err, codes.Unauthenticated, problem.CredentialsExpired)
}

func TestRemovedRuleRevokesWithoutAnyCall(t *testing.T) {
	m := serveTLS(t, auth.Config{}, rules)
	backup := m.clients.Client(t, trusttest.URI(t, "https://example.org/backup"))
	agent := m.clients.Client(t, trusttest.DNS("a.agents.example.org"))
	conn := m.dial(t, &backup)
	revoked, err := m.whoAmI(t, conn, "")
	require.NoError(t, err)
	stays, err := m.whoAmI(t, m.dial(t, &agent), "")
	require.NoError(t, err)

	trusttest.Replace(t, m.rules, []byte(`{certificates: [{dns_san: "*.agents.example.org", tenant: agents, subject: agent, scopes: [logs:write]}]}`))
	select {
	case <-revoked.Revoked.Done():
	case <-time.After(5 * time.Second):
		require.Fail(t, "not revoked within 5 s")
	}
	require.Equal(t, problem.CredentialsRevoked, problem.ReasonOf(context.Cause(revoked.Revoked)))
	require.NoError(t, stays.Revoked.Err(), "the rule is the same")
	_, err = m.whoAmI(t, conn, "")
	testserver.RequireProblem(t, err, codes.Unauthenticated, problem.CredentialsInvalid)
}

// Every combination of what is configured, against every combination of what is
// sent.
func TestCombinations(t *testing.T) {
	key := newEC(t, "k")
	jwks := jwksFile(t, key)
	keysFile := t.TempDir() + "/keys.yaml"
	apiKey := newKey(t, keysFile, "by-key", time.Time{})
	token := key.sign(t, claims(map[string]any{"sub": "by-token"}))
	for configured := range 8 {
		takesKeys, takesTokens, takesCertificates := configured&1 != 0, configured&2 != 0, configured&4 != 0
		var cfg auth.Config
		file := ""
		if takesKeys {
			cfg.KeysFile = keysFile
		}
		if takesTokens {
			cfg.JWT = jwtConfig(auth.JWT{JWKSFile: jwks})
		}
		if takesCertificates {
			file = `{certificates: [{dns_san: client.example.org, tenant: acme, subject: by-certificate, scopes: [all]}]}`
		}
		m := serveTLS(t, cfg, file)
		pair := m.clients.Client(t, trusttest.DNS("client.example.org"))
		for _, sent := range []struct {
			token, subject string
			taken          bool
		}{{"", "", false}, {apiKey, "by-key", takesKeys}, {token, "by-token", takesTokens}, {"rubbish", "", false}, {"slk_rubbish", "", false}} {
			for _, certificate := range []*trusttest.Pair{nil, &pair} {
				want, reason := sent.subject, problem.CredentialsInvalid
				switch {
				case configured == 0:
					want = principal.Anonymous.Subject
				case sent.token == "" && certificate != nil && takesCertificates:
					want = "by-certificate"
				case sent.token == "":
					want, reason = "", problem.CredentialsMissing
				case !sent.taken:
					want = ""
				}
				p, err := m.whoAmI(t, m.dial(t, certificate), sent.token)
				if want == "" {
					testserver.RequireProblem(t, err, codes.Unauthenticated, reason)
					continue
				}
				require.NoError(t, err, "configured %03b, token %.4q", configured, sent.token)
				require.Equal(t, want, p.Subject, "configured %03b, token %.4q", configured, sent.token)
			}
		}
	}
}

func TestRefusalNamesWhatTheServerTakes(t *testing.T) {
	keysFile := t.TempDir() + "/keys.yaml"
	apiKey := newKey(t, keysFile, "s", time.Time{})
	jwks := jwksFile(t, newEC(t, "k"))
	certificates := t.TempDir() + "/rules.yaml"
	writeFile(t, certificates, []byte(rules))
	tests := []struct {
		name, token, want string
		cfg               auth.Config
	}{
		{"a key where tokens are", apiKey, `takes no API keys: send the metadata "authorization: Bearer <JWT>"`, auth.Config{JWT: jwtConfig(auth.JWT{JWKSFile: jwks})}},
		{"a token where keys are", "a.b.c", "the form is slk_<id>_<secret>", auth.Config{KeysFile: keysFile}},
		{"a token where certificates are", "a.b.c", "takes no bearer tokens: connect with a client certificate", auth.Config{CertificatesFile: certificates}},
		{"a key where certificates are", apiKey, "takes no API keys: connect with a client certificate", auth.Config{CertificatesFile: certificates}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := call(t, opened(t, test.cfg, auth.Options{Logger: zap.NewNop()}), test.token)
			require.Equal(t, problem.CredentialsInvalid, problem.ReasonOf(err))
			require.ErrorContains(t, err, test.want)
		})
	}
	all := opened(t, auth.Config{KeysFile: keysFile, CertificatesFile: certificates, JWT: jwtConfig(auth.JWT{JWKSFile: jwks})}, auth.Options{Logger: zap.NewNop()})
	_, err := all.Authenticate(t.Context())
	require.EqualError(t, err, `the call has no credentials: send the metadata "authorization: Bearer <API key or JWT>" with a key from "sluice keys create", or connect with a client certificate that the server knows`)
}
