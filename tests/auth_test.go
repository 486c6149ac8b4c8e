package tests

import (
	"context"
	"crypto/tls"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/apikey"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// guarded is a server with authentication and TLS, and its keys.
type guarded struct {
	*server
	certs    testkit.Certificates
	keysFile string
	// alice and bob are of two tenants; carol is of alice's.
	alice, bob, carol string
	expired, revoked  string
}

func startGuarded(t *testing.T, args ...string) *guarded {
	t.Helper()
	g := &guarded{certs: testkit.Cert(t)}
	now := time.Now()
	set := new(apikey.Set)
	add := func(tenant, subject string, from, until time.Time) string {
		text, key, err := apikey.Generate(apikey.Key{
			Tenant: tenant, Subject: subject, ExpiresAt: until, Scopes: []principal.Scope{principal.All},
		}, from)
		require.NoError(t, err)
		require.NoError(t, set.Add(key))
		return text
	}
	g.alice = add("acme", "alice", now, now.Add(time.Hour))
	g.carol = add("acme", "carol", now, time.Time{})
	g.bob = add("umbrella", "bob", now, time.Time{})
	g.expired = add("acme", "alice", now.Add(-2*time.Hour), now.Add(-time.Hour))
	g.revoked = add("acme", "alice", now, time.Time{})
	require.NoError(t, set.Revoke(set.Keys()[4].ID))
	g.keysFile = filepath.Join(t.TempDir(), "keys.yaml")
	require.NoError(t, apikey.Save(g.keysFile, set))
	g.server = launchServer(t, t.TempDir(), append([]string{
		"--auth-keys-file", g.keysFile, "--tls-cert-file", g.certs.CertFile, "--tls-key-file", g.certs.KeyFile,
	}, args...)...)
	return g
}

// as connects with a key; an empty one is none.
func (g *guarded) as(t *testing.T, key string) peer {
	t.Helper()
	opts := []grpc.DialOption{
		grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{RootCAs: g.certs.Pool, MinVersion: tls.VersionTLS13})),
	}
	if key != "" {
		opts = append(opts, grpc.WithPerRPCCredentials(bearer(key)))
	}
	return dial(t, g.Addr, opts...)
}

// bearer is an API key that goes with each call.
type bearer string

func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(b)}, nil
}

func (bearer) RequireTransportSecurity() bool { return true }

func TestCallsWithoutGoodCredentialsAreRefused(t *testing.T) {
	g := startGuarded(t)
	ctx := bounded(t)
	alice := g.as(t, g.alice)
	w := alice.storeWitness(ctx, t)
	tests := []struct{ name, key, reason string }{
		{"no_key", "", "CREDENTIALS_MISSING"},
		{"not_a_key", "secret", "CREDENTIALS_INVALID"},
		{"wrong_secret", g.alice[:len(g.alice)-4] + "aaaa", "CREDENTIALS_INVALID"},
		{"revoked_key", g.revoked, "CREDENTIALS_INVALID"},
		{"expired_key", g.expired, "CREDENTIALS_EXPIRED"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := g.as(t, tt.key)
			err := p.sendAll(ctx, stream(&fileuploadv1.UploadFileRequest{FileName: "a.txt", IsLastChunk: true}))
			requireRefused(t, err, codes.Unauthenticated, tt.reason)
			_, err = p.files.ListFiles(ctx, &fileuploadv1.ListFilesRequest{})
			requireRefused(t, err, codes.Unauthenticated, tt.reason)
			_, err = p.download(ctx, w.fileID)
			requireRefused(t, err, codes.Unauthenticated, tt.reason)
			_, err = p.streams.ListStreams(ctx, &streamv1.ListStreamsRequest{})
			requireRefused(t, err, codes.Unauthenticated, tt.reason)
			_, err = healthpb.NewHealthClient(p.conn).Check(ctx, &healthpb.HealthCheckRequest{})
			require.NoError(t, err, "health needs no credentials")
		})
	}
	alice.requireWitness(ctx, t, w)
}

func TestTenantsCannotSeeEachOther(t *testing.T) {
	g := startGuarded(t)
	ctx := bounded(t)
	alice, bob := g.as(t, g.alice), g.as(t, g.bob)
	w := alice.storeWitness(ctx, t)
	content := testkit.NewContent(81, 4*chunkSize)
	const id = "shared-name"
	u := alice.mustBegin(ctx, t, header("open.bin", id, content.Size()))
	hello, err := u.hello()
	require.NoError(t, err)
	require.NoError(t, u.sendFrom(content, 0, 2*chunkSize))

	t.Run("files", func(t *testing.T) { requireForeignFile(ctx, t, bob, w.fileID) })
	t.Run("uploads", func(t *testing.T) {
		bob.requireForgotten(ctx, t, id)
		_, err := bob.files.AbortUpload(ctx, &fileuploadv1.AbortUploadRequest{UploadId: id})
		requireRefused(t, err, codes.NotFound, "UPLOAD_NOT_FOUND")
		list, err := bob.files.ListUploads(ctx, &fileuploadv1.ListUploadsRequest{})
		require.NoError(t, err)
		require.Empty(t, list.GetUploads())
	})
	t.Run("streams", func(t *testing.T) {
		list, err := bob.streams.ListStreams(ctx, &streamv1.ListStreamsRequest{})
		require.NoError(t, err)
		require.Empty(t, list.GetStreams())
		_, err = bob.streams.GetStream(ctx, &streamv1.GetStreamRequest{StreamId: hello.GetStreamId()})
		requireRefused(t, err, codes.NotFound, "STREAM_NOT_FOUND")
		_, err = bob.streams.CancelStream(ctx, &streamv1.CancelStreamRequest{StreamId: hello.GetStreamId()})
		requireRefused(t, err, codes.NotFound, "STREAM_NOT_FOUND")
	})
	t.Run("names_do_not_fence_each_other", func(t *testing.T) {
		for _, p := range []peer{bob, g.as(t, g.carol)} {
			hello, _ := p.mustResume(ctx, t, "open.bin", id, content)
			require.Zero(t, hello.GetNext())
		}
		require.NoError(t, u.sendFrom(content, 2*chunkSize, content.Size()))
		receipt, err := u.finish()
		require.NoError(t, err)
		requireReceipt(t, receipt, "open.bin", content)
	})
	t.Run("one_tenant_shares_its_files", func(t *testing.T) { g.as(t, g.carol).requireWitness(ctx, t, w) })
	alice.requireWitness(ctx, t, w)
}

// requireForeignFile wants every method to treat a file of another tenant as
// one that is not there.
func requireForeignFile(ctx context.Context, t *testing.T, p peer, fileID string) {
	t.Helper()
	calls := map[string]func() error{
		"get": func() error {
			_, err := p.files.GetFile(ctx, &fileuploadv1.GetFileRequest{FileId: fileID})
			return err
		},
		"download": func() error {
			_, err := p.download(ctx, fileID)
			return err
		},
		"verify": func() error {
			_, err := p.files.VerifyFile(ctx, &fileuploadv1.VerifyFileRequest{FileId: fileID})
			return err
		},
		"copy": func() error {
			_, err := p.files.CopyFile(ctx, &fileuploadv1.CopyFileRequest{FileId: fileID})
			return err
		},
		"delete": func() error {
			_, err := p.files.DeleteFile(ctx, &fileuploadv1.DeleteFileRequest{FileId: fileID})
			return err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) { requireRefused(t, call(), codes.NotFound, "FILE_NOT_FOUND") })
	}
	list, err := p.files.ListFiles(ctx, &fileuploadv1.ListFilesRequest{})
	require.NoError(t, err)
	require.Empty(t, list.GetFiles())
}

func TestServerRefusesToListenUnprotected(t *testing.T) {
	certs := testkit.Cert(t)
	keys := filepath.Join(t.TempDir(), "keys.yaml")
	require.NoError(t, apikey.Save(keys, new(apikey.Set)))
	withTLS := []string{"--tls-cert-file", certs.CertFile, "--tls-key-file", certs.KeyFile}
	refused := map[string][]string{
		"with_nothing":   nil,
		"with_TLS_only":  withTLS,
		"with_keys_only": {"--auth-keys-file", keys},
	}
	for name, args := range refused {
		t.Run(name, func(t *testing.T) {
			outcome := testkit.Run(t, 20*time.Second, serverBinary(t), append([]string{
				"--listen", "0.0.0.0:0", "--admin-listen", "127.0.0.1:0", "--data-dir", t.TempDir(),
			}, args...)...)
			require.Equal(t, 2, outcome.ExitCode, outcome.Output)
			require.Contains(t, outcome.Output, "--insecure", "the error says what to do")
		})
	}
	accepted := map[string][]string{
		"when_told_so":      {"--insecure"},
		"with_TLS_and_keys": append([]string{"--auth-keys-file", keys}, withTLS...),
	}
	for name, args := range accepted {
		t.Run(name, func(t *testing.T) {
			launchServer(t, t.TempDir(), append([]string{"--listen", "0.0.0.0:0"}, args...)...)
		})
	}
}

func TestAdminPortHasASwitchOfItsOwn(t *testing.T) {
	outcome := testkit.Run(t, 20*time.Second, serverBinary(t),
		"--listen", "127.0.0.1:0", "--admin-listen", "0.0.0.0:0", "--data-dir", t.TempDir(), "--insecure")
	require.Equal(t, 2, outcome.ExitCode, outcome.Output)
	require.Contains(t, outcome.Output, "--admin-insecure", "the error says what to do")
	launchServer(t, t.TempDir(), "--admin-listen", "0.0.0.0:0", "--admin-insecure")
	outcome = testkit.Run(t, 20*time.Second, serverBinary(t),
		"--listen", "0.0.0.0:0", "--admin-listen", "0.0.0.0:0", "--data-dir", t.TempDir(), "--admin-insecure")
	require.Equal(t, 2, outcome.ExitCode, outcome.Output)
	require.Contains(t, outcome.Output, "--insecure", "the gRPC port stays closed")
}

func TestKeyThatIsRevokedStopsWorking(t *testing.T) {
	g := startGuarded(t)
	ctx := bounded(t)
	alice := g.as(t, g.alice)
	alice.store(ctx, t, "before.bin", testkit.NewContent(82, 1000))
	require.NoError(t, apikey.Update(g.keysFile, func(set *apikey.Set) error {
		return set.Revoke(set.Keys()[0].ID)
	}))
	require.Eventually(t, func() bool {
		_, err := alice.files.GetUpload(ctx, &fileuploadv1.GetUploadRequest{UploadId: uuid.NewString()})
		return refusalOf(err).reason == "CREDENTIALS_INVALID"
	}, 20*time.Second, 50*time.Millisecond)
	g.as(t, g.carol).store(ctx, t, "after.bin", testkit.NewContent(83, 1000))
}
