package tests

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/testkit"
	"github.com/sluice-ingest/sluice/libs/testkit/clamd"
	"github.com/sluice-ingest/sluice/libs/testkit/postgres"
	"github.com/sluice-ingest/sluice/libs/testkit/s3server"
)

// productionReplica is each of the replicas that share a bucket and a database.
var productionReplica = productionService{
	name: "fileupload", config: "fileupload-replicas", scope: principal.FilesWrite, action: "file.upload", work: uploadMarker,
}

// TestProductionReplicas starts two replicas with their file. Only bucket, database
// and scanner are a test's own, the first two without TLS.
func TestProductionReplicas(t *testing.T) {
	scanner := clamd.Start(t, productionScanner(t)...)
	database, bucket := postgres.Start(t), s3server.Start(t)
	service := productionReplica
	service.secrets = map[string]string{
		"catalog-url": database.NewDatabase(t) + "\n",
		"s3-credentials": fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n",
			s3server.AccessKey, s3server.SecretKey),
	}
	start := func() *production {
		return startProduction(t, service, "--scan-clamd", scanner.Socket,
			"--s3-endpoint", bucket.Addr, "--s3-bucket", s3server.Bucket, "--s3-region", s3server.Region, "--s3-path-style", "--s3-insecure")
	}
	a, b := start(), start()
	t.Run("serves_who_has_credentials", a.testServes)
	t.Run("refuses_the_others", a.testRefuses)
	t.Run("admin_port_is_on_loopback_only", b.testAdminPort)
	t.Run("what_one_stored_the_other_has", func(t *testing.T) { testSharedByReplicas(t, a, b) })
	t.Run("what_one_quarantined_the_other_releases", func(t *testing.T) { testQuarantinedByReplicas(t, a, b) })
	require.NoError(t, a.Terminate(time.Minute))
	t.Run("audit_log_has_it_all", a.testAudit)
	t.Run("secrets_are_in_no_log", func(t *testing.T) { a.testSecretsStaySecret(t, s3server.SecretKey) })
	t.Run("the_folder_of_data_is_not_used", func(t *testing.T) {
		require.NoDirExists(t, "data", "below the folder that the service was started in")
		require.DirExists(t, filepath.Join(bucket.Dir(), "production", "blobs"))
	})
}

// testSecretsStaySecret looks for the files of secrets, and for one more, in both
// logs.
func (p *production) testSecretsStaySecret(t *testing.T, secret string) {
	audited, err := os.ReadFile(filepath.Join(p.root, "var/log/sluice", p.name+".audit.jsonl"))
	require.NoError(t, err)
	logged := p.Logs() + string(audited)
	require.NotContains(t, logged, secret)
	for name, text := range p.secrets {
		require.NotContains(t, logged, strings.TrimSpace(text), name)
	}
}

func TestSecretsOfTheStorageAreNotPrinted(t *testing.T) {
	inForce := printed(t, productionReplica.build(t), "--blobs-store", "s3", "--s3-endpoint", "localhost:9000", "--s3-bucket", "b",
		"--s3-access-key", "key", "--s3-secret-key", "secret",
		"--catalog-kind", "postgres", "--catalog-url", "postgres://sluice:secret@localhost/sluice")
	require.Equal(t, "key", inForce["s3.access_key"])
	require.Equal(t, "REDACTED", inForce["s3.secret_key"])
	require.Equal(t, "REDACTED", inForce["catalog.url"])
}

// sdk is a client with a token for these scopes.
func (p *production) sdk(t *testing.T, scopes ...string) *client.StreamingClient {
	t.Helper()
	token := p.issuer.token(t, "sluice-"+p.name, strings.Join(scopes, " "))
	return sdkTo(t, p.Addr, client.WithTLS(p.tls()), client.WithTokenSource(client.StaticToken(token)))
}

func testSharedByReplicas(t *testing.T, a, b *production) {
	ctx := bounded(t)
	content := strings.Repeat("1,2\n", 10_000)
	receipt, err := a.sdk(t, "files:write").UploadReader(ctx, "web-3.csv", strings.NewReader(content))
	require.NoError(t, err)
	var got bytes.Buffer
	_, err = b.sdk(t, "files:read").Download(ctx, receipt.FileID, &got)
	require.NoError(t, err)
	require.Equal(t, content, got.String())
	_, err = b.sdk(t, "files:write").UploadReader(ctx, "mail-3.csv", strings.NewReader(content))
	requireRefused(t, err, codes.InvalidArgument, "NAME_INVALID")
}

func testQuarantinedByReplicas(t *testing.T, a, b *production) {
	ctx := bounded(t)
	_, err := a.sdk(t, "files:write").UploadReader(ctx, "web-4.csv", bytes.NewReader(infectedText(100_000)))
	requireRefused(t, err, codes.FailedPrecondition, "QUARANTINED")
	files := b.sdk(t, "files:quarantine", "files:read").Files()
	list, err := files.ListQuarantinedFiles(ctx, &fileuploadv1.ListQuarantinedFilesRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetFiles(), 1)
	id := list.GetFiles()[0].GetFileId()
	_, err = files.GetFile(ctx, &fileuploadv1.GetFileRequest{FileId: id})
	requireRefused(t, err, codes.NotFound, "FILE_NOT_FOUND")
	_, err = files.ReleaseQuarantinedFile(ctx, &fileuploadv1.ReleaseQuarantinedFileRequest{FileId: id})
	require.NoError(t, err)
	_, err = files.GetFile(ctx, &fileuploadv1.GetFileRequest{FileId: id})
	require.NoError(t, err)
}

// productionScanner has the lines of deploy/production/clamd.conf but those that say
// where it listens.
func productionScanner(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testkit.RepoRoot(t), "deploy", "production", "clamd.conf"))
	require.NoError(t, err)
	var settings []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "LocalSocket") {
			settings = append(settings, line)
		}
	}
	require.Contains(t, settings, "AlertExceedsMax yes")
	require.Contains(t, settings, "AlertEncrypted yes")
	return settings
}
