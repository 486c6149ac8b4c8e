package tests

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	usagev1 "github.com/sluice-ingest/sluice/gen/sluice/usage/v1"
	"github.com/sluice-ingest/sluice/libs/apikey"
	"github.com/sluice-ingest/sluice/libs/audit/chain"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// productionMarker is in what the clients send, and in nothing else.
const productionMarker = "marker-of-production"

// productionService is a service with its file in deploy/production.
type productionService struct {
	name string
	// scope is what a client needs for work, and action what the audit log calls it.
	scope  principal.Scope
	action string
	work   func(ctx context.Context, c *client.StreamingClient) error
	// sealed is the folder of what the service encrypts, and told what its log says
	// of it.
	sealed, told string
	// config is the name of its file, when that is not the service's.
	config string
	// secrets are files in /etc/sluice that the file names beside what all do.
	secrets map[string]string
}

var productionServices = []productionService{
	{
		name: "fileupload", scope: principal.FilesWrite, action: "file.upload", work: uploadMarker,
		sealed: "blobs", told: "the bytes of new files are encrypted at rest",
	},
	{
		name: "collector", scope: principal.PointsWrite, action: "points.collect", work: sendMarkerPoint,
		sealed: "journal", told: `"journal":"by Sluice"`,
	},
	{
		name: "logagg", scope: principal.LogsWrite, action: "logs.collect", work: sendMarkerEntry,
		sealed: "journal", told: `"journal":"by Sluice"`,
	},
}

func uploadMarker(ctx context.Context, c *client.StreamingClient) error {
	_, err := c.UploadReader(ctx, "web-1.csv", strings.NewReader(productionMarker+"\n"))
	return err
}

func sendMarkerPoint(ctx context.Context, c *client.StreamingClient) error {
	points := make(chan *client.DataPoint, 1)
	points <- &client.DataPoint{
		Source: "web-1", Timestamp: time.Now().UnixNano(), Metrics: map[string]float64{"cpu": 1},
		Tags: map[string]string{"note": productionMarker},
	}
	close(points)
	result, err := c.SendDataPoints(ctx, points)
	if err == nil && result.Successful != 1 {
		err = fmt.Errorf("the point was rejected: %v", result.PointErrors)
	}
	return err
}

func sendMarkerEntry(ctx context.Context, c *client.StreamingClient) error {
	entries := make(chan *client.LogEntry, 1)
	entries <- &client.LogEntry{Application: "web", Level: "info", Time: time.Now(), Message: productionMarker}
	close(entries)
	result, err := c.SendLogs(ctx, entries)
	if err == nil && result.Indexed != 1 {
		err = fmt.Errorf("the entry was not indexed: %+v", result)
	}
	return err
}

func (s productionService) build(t *testing.T) string {
	t.Helper()
	return testkit.Build(t, "services/"+s.name, "./cmd/sluice-"+s.name)
}

func (s productionService) file(t *testing.T) string {
	t.Helper()
	return filepath.Join(testkit.RepoRoot(t), "deploy", "production", cmp.Or(s.config, s.name)+".yaml")
}

// production is a service that runs with its production file, whose paths lie
// below root.
type production struct {
	*testkit.Process
	productionService

	root    string
	certs   testkit.Certificates
	issuer  productionIssuer
	clients productionClients
	// key may do the work of the service, and reader only look at the usage.
	key, reader string
}

// startProduction starts a service with its file. The arguments are what the file
// can't know.
func startProduction(t *testing.T, service productionService, args ...string) *production {
	t.Helper()
	p := &production{
		productionService: service, root: t.TempDir(), certs: testkit.Cert(t),
		issuer: newProductionIssuer(t), clients: newProductionClients(t),
	}
	p.install(t)
	p.Process = testkit.Start(t, service.build(t), slices.Concat([]string{"--config", service.file(t)}, p.flags(t), args)...)
	return p
}

// install puts what the file names below root.
func (p *production) install(t *testing.T) {
	t.Helper()
	copied := func(from string) []byte {
		text, err := os.ReadFile(from)
		require.NoError(t, err)
		return text
	}
	etc := filepath.Join(p.root, "etc", "sluice")
	for _, dir := range []string{etc + "/tls", etc + "/encryption", p.root + "/var/lib/sluice", p.root + "/var/log/sluice"} {
		require.NoError(t, os.MkdirAll(dir, 0o700))
	}
	beside := filepath.Dir(p.file(t))
	for name, text := range map[string][]byte{
		"tls/" + p.name + ".pem": copied(p.certs.CertFile),
		"tls/" + p.name + ".key": copied(p.certs.KeyFile),
		"tls/clients-ca.pem":     p.clients.pem(),
		"certificates.yaml":      copied(filepath.Join(beside, "certificates.yaml")),
		"rules.yaml":             copied(filepath.Join(beside, "rules.yaml")),
		"jwks.json":              p.issuer.keys,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(etc, name), text, 0o600))
	}
	for name, text := range p.secrets {
		require.NoError(t, os.WriteFile(filepath.Join(etc, name), []byte(text), 0o600))
	}
	p.makeKeys(t, filepath.Join(etc, "keys.yaml"))
	outcome := testkit.Run(t, 20*time.Second, testkit.Build(t, "tools", "./cmd/sluice"),
		"encryption", "create-key", filepath.Join(etc, "encryption", p.name+".key"))
	require.Zero(t, outcome.ExitCode, outcome.Output)
}

func (p *production) makeKeys(t *testing.T, path string) {
	t.Helper()
	set := new(apikey.Set)
	add := func(subject string, scopes ...principal.Scope) string {
		text, key, err := apikey.Generate(apikey.Key{Tenant: "shop", Subject: subject, Scopes: scopes}, time.Now())
		require.NoError(t, err)
		require.NoError(t, set.Add(key))
		return text
	}
	p.key, p.reader = add("agent", p.scope), add("reader", principal.UsageRead)
	require.NoError(t, apikey.Save(path, set))
}

// flags move the file's paths below root and its addresses to free ports. A
// test's disk may be small.
func (p *production) flags(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(p.file(t))
	require.NoError(t, err)
	flags := []string{"--listen", "127.0.0.1:0", "--storage-low-watermark", "0"}
	for _, s := range settingsOf(t, text) {
		scheme, path, found := strings.Cut(s.value, ":/")
		switch {
		case strings.HasPrefix(s.value, "/"):
			flags = append(flags, s.flag(), p.root+s.value)
		case found && scheme == "file":
			flags = append(flags, s.flag(), "file:"+p.root+"/"+path)
		case s.key == "server.admin_listen":
			host, _, err := net.SplitHostPort(s.value)
			require.NoError(t, err)
			flags = append(flags, s.flag(), net.JoinHostPort(host, "0"))
		case s.key == "journal.min_free_space":
			flags = append(flags, s.flag(), "1MiB")
		}
	}
	return flags
}

func (p *production) tls(certificates ...tls.Certificate) *tls.Config {
	return &tls.Config{RootCAs: p.certs.Pool, MinVersion: tls.VersionTLS13, Certificates: certificates}
}

// usage asks for the tenant's usage, as a client with this token would.
func (p *production) usage(ctx context.Context, t *testing.T, transport credentials.TransportCredentials, token string) error {
	t.Helper()
	opts := []grpc.DialOption{
		grpc.WithTransportCredentials(transport), grpc.WithDefaultCallOptions(grpc.WaitForReady(false)),
	}
	if token != "" {
		opts = append(opts, grpc.WithPerRPCCredentials(bearer(token)))
	}
	_, err := usagev1.NewUsageServiceClient(dial(t, p.Addr, opts...).conn).GetUsage(ctx, &usagev1.GetUsageRequest{})
	return err
}

func TestProductionConfiguration(t *testing.T) {
	for _, service := range productionServices {
		t.Run(service.name, func(t *testing.T) {
			p := startProduction(t, service)
			t.Run("serves_who_has_credentials", p.testServes)
			t.Run("refuses_the_others", p.testRefuses)
			t.Run("admin_port_is_on_loopback_only", p.testAdminPort)
			require.NoError(t, p.Terminate(time.Minute))
			t.Run("audit_log_has_it_all", p.testAudit)
			t.Run("content_is_encrypted", p.testEncryption)
		})
	}
}

func (p *production) testServes(t *testing.T) {
	certificate := p.clients.issue(t, "spiffe://example.com/shop/web")
	token := p.issuer.token(t, "sluice-"+p.name, string(p.scope))
	for name, opts := range map[string][]client.Option{
		"API_key":     {client.WithTLS(p.tls()), client.WithAPIKey(p.key)},
		"JWT":         {client.WithTLS(p.tls()), client.WithTokenSource(client.StaticToken(token))},
		"certificate": {client.WithTLS(p.tls(certificate))},
	} {
		t.Run(name, func(t *testing.T) { require.NoError(t, p.work(bounded(t), sdkTo(t, p.Addr, opts...))) })
	}
}

func (p *production) testRefuses(t *testing.T) {
	ctx := bounded(t)
	secure := credentials.NewTLS(p.tls())
	require.NoError(t, p.usage(ctx, t, secure, p.reader))
	requireRefused(t, p.usage(ctx, t, secure, ""), codes.Unauthenticated, "CREDENTIALS_MISSING")
	requireRefused(t, p.usage(ctx, t, secure, p.key), codes.PermissionDenied, "PERMISSION_DENIED")
	other := p.issuer.token(t, "another-service", string(principal.UsageRead))
	requireRefused(t, p.usage(ctx, t, secure, other), codes.Unauthenticated, "CREDENTIALS_INVALID")
	forged := newProductionIssuer(t).token(t, "sluice-"+p.name, string(principal.UsageRead))
	requireRefused(t, p.usage(ctx, t, secure, forged), codes.Unauthenticated, "CREDENTIALS_INVALID")

	old := p.tls()
	old.MinVersion, old.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	foreign := p.tls(newProductionClients(t).issue(t, "spiffe://example.com/shop/web"))
	for name, transport := range map[string]credentials.TransportCredentials{
		"plain text":                         insecure.NewCredentials(),
		"TLS 1.2":                            credentials.NewTLS(old),
		"a certificate of another authority": credentials.NewTLS(foreign),
	} {
		require.Equal(t, codes.Unavailable, status.Code(p.usage(ctx, t, transport, "")), name)
	}
}

func (p *production) testAdminPort(t *testing.T) {
	require.Contains(t, adminPage(bounded(t), t, p.AdminAddr, "/metrics"), "sluice_"+p.name+"_memory_budget_bytes")
	host, port, err := net.SplitHostPort(p.AdminAddr)
	require.NoError(t, err)
	require.True(t, net.ParseIP(host).IsLoopback(), p.AdminAddr)
	addrs, err := net.InterfaceAddrs()
	require.NoError(t, err)
	for _, addr := range addrs {
		if ip, _, err := net.ParseCIDR(addr.String()); err == nil && !ip.IsLoopback() && !ip.IsLinkLocalUnicast() {
			conn, err := net.DialTimeout("tcp", net.JoinHostPort(ip.String(), port), 2*time.Second)
			require.Error(t, err, ip)
			require.Nil(t, conn)
		}
	}
}

func (p *production) testAudit(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(p.root, "var/log/sluice", p.name+".audit.jsonl"))
	require.NoError(t, err)
	head := regexp.MustCompile(`"audit log closed".*"head_hash":"([0-9a-f]{64})"`).FindStringSubmatch(p.Logs())
	require.NotNil(t, head, "the log has the head of the chain")
	known, err := chain.ParseHash(head[1])
	require.NoError(t, err)
	var seen []string
	_, err = chain.Verify(chain.Options{Heads: []chain.Hash{known}, Each: func(e chain.Event) error {
		kind, _, _ := strings.Cut(e.Credential, ":")
		seen = append(seen, strings.Join([]string{e.Action, string(e.Outcome), e.Reason, e.Tenant, kind}, " "))
		return nil
	}}, chain.Source{Name: "audit", Reader: strings.NewReader(string(text))})
	require.NoError(t, err)
	for _, want := range []string{
		p.action + " ok  shop key", p.action + " ok  shop jwt", p.action + " ok  shop certificate",
		"usage.get refused CREDENTIALS_MISSING  ", "usage.get refused PERMISSION_DENIED shop key",
	} {
		require.True(t, slices.Contains(seen, want), "%q is not in %q", want, seen)
	}
	for _, secret := range []string{p.key, p.reader, productionMarker} {
		require.NotContains(t, string(text)+p.Logs(), secret)
	}
}

func (p *production) testEncryption(t *testing.T) {
	require.Contains(t, p.Logs(), p.told)
	dir, bytes := filepath.Join(p.root, "var/lib/sluice", p.name, p.sealed), 0
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		bytes += len(content)
		require.NotContains(t, string(content), productionMarker, path)
		return err
	}))
	require.NotZero(t, bytes)
}
