package tests

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/libs/testkit"
	"github.com/sluice-ingest/sluice/libs/testkit/faultproxy"
	"github.com/sluice-ingest/sluice/libs/testkit/postgres"
	"github.com/sluice-ingest/sluice/libs/testkit/s3server"
)

// partSize is that of the replicas' uploads: what is durable of one is a multiple.
const partSize = 5 << 20

// replicas are two servers that share a PostgreSQL catalog and a bucket.
type replicas struct {
	a, b     *server
	database *postgres.Server
	bucket   *s3server.Server
	// network is between the servers and the bucket.
	network *faultproxy.Proxy
	// storage are the settings that name catalog and bucket.
	storage []string
}

func startReplicas(t *testing.T, args ...string) *replicas {
	t.Helper()
	r := &replicas{database: postgres.Start(t), bucket: s3server.Start(t)}
	r.network = faultproxy.New(t, r.bucket.Addr)
	r.storage = []string{
		"--catalog-kind", "postgres", "--catalog-url", r.database.NewDatabase(t),
		"--blobs-store", "s3", "--s3-endpoint", r.network.Addr(), "--s3-bucket", s3server.Bucket, "--s3-region", s3server.Region,
		"--s3-access-key", s3server.AccessKey, "--s3-secret-key", s3server.SecretKey,
		"--s3-part-size", "5MiB", "--s3-path-style", "--s3-insecure",
	}
	args = append(args, r.storage...)
	r.a, r.b = startServer(t, args...), startServer(t, args...)
	return r
}

// blobs returns the sizes of the objects that are content, by key.
func (r *replicas) blobs(t *testing.T) map[string]int64 {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(r.bucket.Dir(), "blobs"))
	require.NoError(t, err)
	found := make(map[string]int64)
	for _, entry := range entries {
		info, err := entry.Info()
		require.NoError(t, err)
		found[entry.Name()] = info.Size()
	}
	return found
}

// awaitDurable waits until a server says that so much of an upload is durable.
func (p peer) awaitDurable(ctx context.Context, t *testing.T, uploadID string, least int64) {
	t.Helper()
	require.Eventually(t, func() bool {
		answer, err := p.files.GetUpload(ctx, &fileuploadv1.GetUploadRequest{UploadId: uploadID})
		return err == nil && answer.GetUpload().GetPosition().GetDurable() >= least
	}, awaitTime, 20*time.Millisecond)
}

func TestUploadCutAtOneReplicaGoesOnAtTheOther(t *testing.T) {
	r := startReplicas(t, "--checkpoint-bytes", "10MiB")
	content := testkit.NewContent(801, 18<<20)
	t.Run("by_hand", func(t *testing.T) {
		ctx, id := bounded(t), uuid.NewString()
		u := r.a.mustBegin(ctx, t, header("hand.bin", id, content.Size()))
		require.NoError(t, u.sendFrom(content, 0, 12<<20))
		_, err := u.finish()
		cut := requireRefused(t, err, codes.InvalidArgument, "INCOMPLETE").cut
		require.Equal(t, int64(2*partSize), cut.GetPosition().GetDurable())
		hello, receipt := r.b.mustResume(ctx, t, "hand.bin", id, content)
		require.Equal(t, int64(2*partSize), hello.GetNext())
		require.Equal(t, int32(2), receipt.GetStreamCount())
		r.a.requireStored(ctx, t, receipt.GetFileId(), "hand.bin", content)
		_, again := r.a.mustResume(ctx, t, "hand.bin", id, content)
		requireEqualMessages(t, receipt, again)
	})
	t.Run("by_SDK", func(t *testing.T) {
		ctx, id := bounded(t), uuid.NewString()
		other := testkit.NewContent(802, 18<<20)
		path := filepath.Join(t.TempDir(), "sdk.bin")
		other.WriteFile(t, path)
		proxy := testkit.NewProxy(t, r.a.Addr)
		proxy.CutAfter(13 << 20)
		_, err := sdkTo(t, proxy.Addr(), client.WithRetry(client.RetryPolicy{MaxAttempts: 1})).UploadFile(ctx, path, client.WithUploadID(id))
		require.Error(t, err)
		receipt, err := r.b.sdk(t, client.WithRetry(patient)).UploadWithRetry(ctx, path, client.WithUploadID(id))
		require.NoError(t, err)
		require.GreaterOrEqual(t, receipt.Resumed, int64(partSize))
		r.a.requireStored(ctx, t, receipt.FileID, "sdk.bin", other)
	})
}

func TestUploadOfAKilledReplicaGoesOnAtTheOther(t *testing.T) {
	r := startReplicas(t, "--checkpoint-bytes", "10MiB")
	ctx, id := bounded(t), uuid.NewString()
	content := testkit.NewContent(803, 23<<20)
	u := r.a.mustBegin(ctx, t, header("killed.bin", id, content.Size()))
	require.NoError(t, u.sendFrom(content, 0, 17<<20))
	r.b.awaitDurable(ctx, t, id, 2*partSize)
	r.a.Kill9()
	require.Error(t, u.ended())
	hello, receipt := r.b.mustResume(ctx, t, "killed.bin", id, content)
	require.GreaterOrEqual(t, hello.GetNext(), int64(2*partSize))
	r.a.Restart()
	r.a.requireStored(ctx, t, receipt.GetFileId(), "killed.bin", content)
}

// TestStreamAtOneReplicaIsFencedByTheOther lets a stream go on sending other bytes
// up to the end, while a newcomer at the other replica does the same.
func TestStreamAtOneReplicaIsFencedByTheOther(t *testing.T) {
	r := startReplicas(t, "--checkpoint-bytes", "10MiB")
	for range 5 {
		ctx, id := bounded(t), uuid.NewString()
		first, second := testkit.NewContent(804, 28<<20), testkit.NewContent(805, 28<<20)
		old := r.a.mustBegin(ctx, t, header("fenced.bin", id, first.Size()))
		require.NoError(t, old.sendFrom(first, 0, 12<<20))
		r.b.awaitDurable(ctx, t, id, partSize)

		newcomer := r.b.mustBegin(ctx, t, header("fenced.bin", id, second.Size()))
		hello, err := newcomer.hello()
		require.NoError(t, err)
		require.NoError(t, checkPrefix(hello, first))
		both := spliced{first: first, second: second, at: hello.GetNext()}
		ended := make(chan error, 1)
		go func() {
			err := old.sendFrom(first, 12<<20, first.Size())
			if err == nil {
				_, err = old.finish()
			}
			ended <- err
		}()
		require.NoError(t, newcomer.sendFrom(both, hello.GetNext(), both.Size()))
		receipt, err := newcomer.finish()
		require.NoError(t, err)
		requireReceipt(t, receipt, "fenced.bin", both)
		requireRefused(t, <-ended, codes.Aborted, "FENCED")
		r.a.requireStored(ctx, t, receipt.GetFileId(), "fenced.bin", both)
	}
}

func TestSameContentAtBothReplicasIsStoredOnce(t *testing.T) {
	r := startReplicas(t)
	ctx := bounded(t)
	const contents, times = 5, 4
	var all sync.WaitGroup
	for i := range contents * times {
		p := []peer{r.a.peer, r.b.peer}[i%2]
		content := testkit.NewContent(uint64(810+i/times), int64(1+i/times)<<20)
		all.Go(func() {
			_, receipt, err := p.resume(ctx, "same.bin", uuid.NewString(), content)
			if err != nil || receipt.GetChecksum() != content.SHA256() {
				t.Errorf("upload %d: %v", i, err)
			}
		})
	}
	all.Wait()
	files, err := r.a.files.ListFiles(ctx, &fileuploadv1.ListFilesRequest{})
	require.NoError(t, err)
	require.Len(t, files.GetFiles(), contents*times)
	require.Len(t, r.blobs(t), contents)
	for i, file := range files.GetFiles() {
		p := []peer{r.a.peer, r.b.peer}[i%2]
		got, err := p.download(ctx, file.GetFileId())
		require.NoError(t, err)
		require.Equal(t, file.GetChecksum(), got.sha256)
	}
}

// TestDeletionAtOneReplicaLeavesWhatTheOtherShares deletes files at one replica while
// the other makes files of the same content.
func TestDeletionAtOneReplicaLeavesWhatTheOtherShares(t *testing.T) {
	r := startReplicas(t)
	ctx := bounded(t)
	content := testkit.NewContent(820, 100_000)
	kept := r.a.store(ctx, t, "shared.bin", content).GetFileId()
	shared := 0
	for range 40 {
		var deleting sync.WaitGroup
		deleting.Go(func() {
			if _, err := r.a.files.DeleteFile(ctx, &fileuploadv1.DeleteFileRequest{FileId: kept}); err != nil {
				t.Errorf("delete: %v", err)
			}
		})
		first := header("shared.bin", uuid.NewString(), content.Size())
		first.Checksum = content.SHA256()
		u := r.b.mustBegin(ctx, t, first)
		hello, err := u.hello()
		require.NoError(t, err)
		require.NoError(t, u.sendFrom(content, hello.GetNext(), content.Size()))
		receipt, err := u.finish()
		require.NoError(t, err)
		deleting.Wait()
		if receipt.GetDeduplicated() {
			shared++
		}
		kept = receipt.GetFileId()
		r.a.requireStored(ctx, t, kept, "shared.bin", content)
	}
	t.Logf("%d of 40 files shared what was being deleted", shared)
	require.Len(t, r.blobs(t), 1)
}
