package tests

import (
	"crypto/tls"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// commandTime bounds a command of the CLI.
const commandTime = 30 * time.Second

// guard is one of the three services with TLS, API keys and the tokens of an
// issuer.
type guard struct {
	*testkit.Process

	kind     guardKind
	dataDir  string
	keysFile string
	certs    testkit.Certificates
	issuer   *guardIssuer
}

func startGuard(t *testing.T, kind guardKind, args ...string) *guard {
	t.Helper()
	return startGuardIn(t, kind, t.TempDir(), args...)
}

func startGuardIn(t *testing.T, kind guardKind, dataDir string, args ...string) *guard {
	t.Helper()
	g := &guard{
		kind: kind, dataDir: dataDir, keysFile: filepath.Join(t.TempDir(), "keys.yaml"),
		certs: testkit.Cert(t), issuer: newGuardIssuer(t),
	}
	require.NoError(t, os.WriteFile(g.keysFile, []byte("keys: []\n"), 0o600))
	g.Process = kind.launch(t, g.dataDir, append(append([]string{
		"--auth-keys-file", g.keysFile, "--tls-cert-file", g.certs.CertFile, "--tls-key-file", g.certs.KeyFile,
		"--log-level", "debug",
	}, g.issuer.args()...), args...)...)
	return g
}

// guardPeer is a client of a service of any kind.
type guardPeer struct {
	peer

	points pointsPeer
	logs   logsPeer
}

// dial connects with a token, over TLS.
func (g *guard) dial(t *testing.T, token string) guardPeer {
	t.Helper()
	return guardDial(t, g.Addr, &tls.Config{RootCAs: g.certs.Pool, MinVersion: tls.VersionTLS12}, token)
}

// guardDial connects with a token; an empty one is none. Its window is small, so
// that the end of a stream does not wait behind much that was not read.
func guardDial(t *testing.T, addr string, config *tls.Config, token string) guardPeer {
	t.Helper()
	opts := []grpc.DialOption{grpc.WithTransportCredentials(credentials.NewTLS(config)), grpc.WithStaticStreamWindowSize(64 << 10)}
	if token != "" {
		opts = append(opts, grpc.WithPerRPCCredentials(bearer(token)))
	}
	return guardPeer{peer: dial(t, addr, opts...), points: dialPoints(t, addr, opts...), logs: dialLogs(t, addr, opts...)}
}

// always connects with a token that is good for the whole test.
func (g *guard) always(t *testing.T) guardPeer {
	t.Helper()
	return g.dial(t, g.issuer.token(soon(time.Hour)))
}

// alwaysToken is that credential for the SDK.
func (g *guard) alwaysToken() client.Option {
	return client.WithTokenSource(client.StaticToken(g.issuer.token(soon(time.Hour))))
}

// sdk connects by the SDK.
func (g *guard) sdk(t *testing.T, opts ...client.Option) *client.StreamingClient {
	t.Helper()
	return sdkTo(t, g.Addr, append([]client.Option{client.WithRootCA(g.certs.CAFile), client.WithRetry(relentless)}, opts...)...)
}

// awaitLog waits until the server's log has a text so many times.
func (g *guard) awaitLog(t *testing.T, text string, times int) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Count(g.Logs(), text) >= times },
		awaitTime, 20*time.Millisecond, "the log has %s fewer than %d times", text, times)
}

// createKey makes an API key by the CLI, with all scopes unless the flags name
// some, and waits until the server takes it.
func (g *guard) createKey(t *testing.T, tenant, subject string, flags ...string) (id, key string) {
	t.Helper()
	id, key = createKey(t, g.keysFile, tenant, subject, flags...)
	g.awaitLog(t, id, 1) // It tells which keys are new.
	return id, key
}

func createKey(t *testing.T, file, tenant, subject string, flags ...string) (id, key string) {
	t.Helper()
	if !slices.Contains(flags, "--scopes") {
		flags = append(flags, "--scopes", "all")
	}
	output := guardCommand(t, append([]string{
		"keys", "create", "--json", "--file", file, "--tenant", tenant, "--subject", subject,
	}, flags...)...)
	var made struct {
		ID  string `json:"id"`
		Key string `json:"key"`
	}
	require.NoError(t, json.Unmarshal([]byte(output), &made), output)
	require.NotEmpty(t, made.ID, output)
	require.NotEmpty(t, made.Key, output)
	return made.ID, made.Key
}

// revoke removes a key by the CLI.
func (g *guard) revoke(t *testing.T, id string) {
	t.Helper()
	guardCommand(t, "keys", "revoke", "--file", g.keysFile, id)
}

// guardCommand runs the CLI, which has to end well, and returns what it printed.
func guardCommand(t *testing.T, args ...string) string {
	t.Helper()
	outcome := runGuardCommand(t, args...)
	require.Zero(t, outcome.ExitCode, outcome.Output)
	return outcome.Output
}

func runGuardCommand(t *testing.T, args ...string) testkit.Outcome {
	t.Helper()
	return testkit.Run(t, commandTime, testkit.Build(t, "tools", "./cmd/sluice"), args...)
}
