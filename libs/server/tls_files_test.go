package server_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/sluice-ingest/sluice/libs/server"
	"github.com/sluice-ingest/sluice/libs/trustfile/trusttest"
)

// tlsTest is a server with certificates in files.
type tlsTest struct {
	cfg              server.Config
	opts             server.Options
	servers, clients *trusttest.Authority
	changes          chan string
	running          *running
}

func withTLS(t *testing.T, change func(*server.TLS)) *tlsTest {
	t.Helper()
	folder := t.TempDir()
	s := &tlsTest{
		cfg: loopback(), opts: options(), changes: make(chan string, 10),
		servers: trusttest.NewAuthority(t, "servers"), clients: trusttest.NewAuthority(t, "clients"),
	}
	s.cfg.TLS = server.TLS{
		CertFile: filepath.Join(folder, "cert.pem"), KeyFile: filepath.Join(folder, "key.pem"), ClientCAFile: filepath.Join(folder, "ca.pem"),
	}
	change(&s.cfg.TLS)
	s.opts.Changed = func(setting, detail string) { s.changes <- setting + ": " + detail }
	s.servers.Server(t).Write(t, filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem"))
	trusttest.Replace(t, filepath.Join(folder, "ca.pem"), s.clients.PEM())
	s.running = start(t, s.cfg, s.opts, refuse)
	t.Cleanup(func() { require.NoError(t, s.running.end(t)) })
	return s
}

// check calls over a new connection.
func (s *tlsTest) check(t *testing.T, roots *x509.CertPool, change func(*tls.Config)) error {
	t.Helper()
	config := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	change(config)
	conn := dial(t, s.running.grpc, credentials.NewTLS(config))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err := healthv1.NewHealthClient(conn).Check(ctx, &healthv1.HealthCheckRequest{})
	return errors.Join(err, conn.Close())
}

func asIs(*tls.Config) {}

func presenting(t *testing.T, pair trusttest.Pair) func(*tls.Config) {
	t.Helper()
	return func(c *tls.Config) { c.Certificates = []tls.Certificate{pair.TLS(t)} }
}

func TestClientCertificates(t *testing.T) {
	stranger := trusttest.NewAuthority(t, "clients")
	tests := []struct {
		auth                    string
		none, good, ofAStranger codes.Code
	}{
		{"", codes.OK, codes.OK, codes.Unavailable},
		{server.ClientAuthOptional, codes.OK, codes.OK, codes.Unavailable},
		{server.ClientAuthRequired, codes.Unavailable, codes.OK, codes.Unavailable},
		{server.ClientAuthNone, codes.OK, codes.OK, codes.OK},
	}
	for _, test := range tests {
		t.Run(test.auth, func(t *testing.T) {
			s := withTLS(t, func(c *server.TLS) {
				c.ClientAuth = test.auth
				if test.auth == server.ClientAuthNone {
					c.ClientCAFile = ""
				}
			})
			require.Equal(t, test.auth != server.ClientAuthNone, s.cfg.TLS.VerifiesClients())
			name := trusttest.DNS("client.example.org")
			require.Equal(t, test.none, status.Code(s.check(t, s.servers.Pool(), asIs)))
			require.Equal(t, test.good, status.Code(s.check(t, s.servers.Pool(), presenting(t, s.clients.Client(t, name)))))
			require.Equal(t, test.ofAStranger, status.Code(s.check(t, s.servers.Pool(), presenting(t, stranger.Client(t, name)))))
		})
	}
}

func TestMinimumVersion(t *testing.T) {
	old := func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }
	weak := func(c *tls.Config) {
		c.MaxVersion = tls.VersionTLS12
		c.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_128_GCM_SHA256}
	}
	for _, version := range []server.TLSVersion{0, server.TLS13} {
		s := withTLS(t, func(c *server.TLS) { c.MinVersion = version })
		require.ErrorContains(t, s.check(t, s.servers.Pool(), old), "protocol version")
	}
	s := withTLS(t, func(c *server.TLS) { c.MinVersion = server.TLS12 })
	require.NoError(t, s.check(t, s.servers.Pool(), old))
	require.NoError(t, s.check(t, s.servers.Pool(), asIs))
	require.ErrorContains(t, s.check(t, s.servers.Pool(), weak), "handshake failure", "only suites with forward secrecy and AEAD")
}

func TestNewCertificateHoldsWithoutARestart(t *testing.T) {
	s := withTLS(t, func(*server.TLS) {})
	other := trusttest.NewAuthority(t, "others")
	require.Error(t, s.check(t, other.Pool(), asIs))
	other.Server(t).Write(t, s.cfg.TLS.CertFile, s.cfg.TLS.KeyFile)
	require.Eventually(t, func() bool { return s.check(t, other.Pool(), asIs) == nil }, patience, 50*time.Millisecond)
	require.Contains(t, <-s.changes, "server.tls: certificate ")
}

func TestNewClientAuthorityHoldsWithoutARestart(t *testing.T) {
	s := withTLS(t, func(c *server.TLS) { c.ClientAuth = server.ClientAuthRequired })
	other := trusttest.NewAuthority(t, "others")
	name := trusttest.DNS("client.example.org")
	sessions := tls.NewLRUClientSessionCache(10)
	resuming := presenting(t, s.clients.Client(t, name))
	before := func(c *tls.Config) { resuming(c); c.ClientSessionCache = sessions }
	require.NoError(t, s.check(t, s.servers.Pool(), before))

	trusttest.Replace(t, s.cfg.TLS.ClientCAFile, other.PEM())
	after := presenting(t, other.Client(t, name))
	require.Eventually(t, func() bool { return s.check(t, s.servers.Pool(), after) == nil }, patience, 50*time.Millisecond)
	require.Equal(t, codes.Unavailable, status.Code(s.check(t, s.servers.Pool(), before)), "no session is resumed around the new authority")
}

func TestUnusableNewFilesKeepTheOld(t *testing.T) {
	tests := []struct {
		name   string
		change func(t *testing.T, s *tlsTest)
	}{
		{"a certificate for another key", func(t *testing.T, s *tlsTest) { trusttest.Replace(t, s.cfg.TLS.CertFile, s.servers.Server(t).Cert) }},
		{"rubbish for a key", func(t *testing.T, s *tlsTest) { trusttest.Replace(t, s.cfg.TLS.KeyFile, []byte("x")) }},
		{"rubbish for authorities", func(t *testing.T, s *tlsTest) { trusttest.Replace(t, s.cfg.TLS.ClientCAFile, []byte("x")) }},
		{"authorities that others may write", func(t *testing.T, s *tlsTest) { require.NoError(t, os.Chmod(s.cfg.TLS.ClientCAFile, 0o666)) }},
		{"no key", func(t *testing.T, s *tlsTest) { require.NoError(t, os.Remove(s.cfg.TLS.KeyFile)) }},
		{"an empty key", func(t *testing.T, s *tlsTest) { require.NoError(t, os.Truncate(s.cfg.TLS.KeyFile, 0)) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := withTLS(t, func(*server.TLS) {})
			test.change(t, s)
			seen := func() bool {
				require.NoError(t, s.check(t, s.servers.Pool(), asIs))
				return loggedError(s.running.lines)
			}
			require.Eventually(t, seen, patience, 100*time.Millisecond)
			require.Empty(t, s.changes)

			s.servers.Server(t).Write(t, s.cfg.TLS.CertFile, s.cfg.TLS.KeyFile)
			trusttest.Replace(t, s.cfg.TLS.ClientCAFile, s.clients.PEM())
			mended := func() bool {
				require.NoError(t, s.check(t, s.servers.Pool(), asIs))
				return len(s.changes) > 0
			}
			require.Eventually(t, mended, patience, 100*time.Millisecond)
		})
	}
}

func loggedError(lines logLines) bool {
	select {
	case line := <-lines:
		return bytes.Contains(line, []byte(`"level":"error"`)) && bytes.Contains(line, []byte("stays in force"))
	default:
		return false
	}
}

func TestTLSSettingsThatAreRefused(t *testing.T) {
	tests := []struct {
		name, want string
		tls        server.TLS
	}{
		{"an unknown way", `tls.client_auth: "maybe" is not none`, server.TLS{ClientAuth: "maybe"}},
		{"certificates required of nobody's authority", "tls.client_auth: required needs client_ca_file", server.TLS{CertFile: "c", KeyFile: "k", ClientAuth: "required"}},
		{"an authority without TLS", "tls.client_ca_file: needs cert_file and key_file", server.TLS{ClientCAFile: "a"}},
		{"an authority that is not asked", "does nothing with client_auth none", server.TLS{CertFile: "c", KeyFile: "k", ClientCAFile: "a", ClientAuth: "none"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cfg := loopback()
			cfg.TLS = test.tls
			require.ErrorContains(t, cfg.Validate(), test.want)
		})
	}
	var version server.TLSVersion
	require.ErrorContains(t, version.UnmarshalText([]byte("1.1")), "is not 1.2 or 1.3")
	_, err := server.New(tlsWithout(t, "ca"), server.Options{Logger: zap.NewNop(), Registry: options().Registry})
	require.ErrorIs(t, err, os.ErrNotExist)
}

func tlsWithout(t *testing.T, missing string) server.Config {
	t.Helper()
	files, _ := certificate(t)
	cfg := loopback()
	cfg.TLS = files
	cfg.TLS.ClientCAFile = filepath.Join(t.TempDir(), missing)
	return cfg
}
