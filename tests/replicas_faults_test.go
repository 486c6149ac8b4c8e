package tests

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/libs/testkit"
	"github.com/sluice-ingest/sluice/libs/testkit/faultproxy"
)

// TestUploadsGetThroughABadNetworkToTheBucket has what a network and an overloaded
// server do happen to the requests of an upload, less often than they are tried.
func TestUploadsGetThroughABadNetworkToTheBucket(t *testing.T) {
	r := startReplicas(t)
	const part, complete = "partNumber", "uploadId"
	tests := []struct {
		name  string
		fault faultproxy.Fault
	}{
		{"slow_down_for_parts", faultproxy.SlowDown().On(http.MethodPut, part).For(3)},
		{"error_for_parts", faultproxy.InternalError().On(http.MethodPut, part).For(3)},
		{"part_cut", faultproxy.Fault{CutRequest: 1 << 20}.On(http.MethodPut, part).For(2)},
		{"slow_part", faultproxy.Fault{RequestRate: 20 << 20}.On(http.MethodPut, part).For(2)},
		{"answer_for_part_lost", faultproxy.Fault{LoseAnswer: true}.On(http.MethodPut, part).For(2)},
		{"slow_down_to_complete", faultproxy.SlowDown().On(http.MethodPost, complete).For(2)},
		{"answer_to_complete_lost", faultproxy.Fault{LoseAnswer: true}.On(http.MethodPost, complete).Once()},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx := bounded(t)
			content := testkit.NewContent(uint64(830+i), 16<<20)
			r.network.Inject(tt.fault)
			receipt := r.a.store(ctx, t, "network.bin", content)
			require.Equal(t, tt.fault.Times, r.network.Hits())
			r.network.Heal()
			require.Equal(t, int32(1), receipt.GetStreamCount())
			r.b.requireStored(ctx, t, receipt.GetFileId(), "network.bin", content)
			require.Len(t, r.blobs(t), i+1)
		})
	}
}

// TestFailingBucketRefusesAndKeeps lets requests fail for good, at each place where
// an upload needs them.
func TestFailingBucketRefusesAndKeeps(t *testing.T) {
	r := startReplicas(t, "--s3-attempts", "2", "--checkpoint-bytes", "10MiB")
	places := []struct {
		name  string
		fault faultproxy.Fault
	}{
		{"begin", faultproxy.InternalError().On(http.MethodPost, "uploads")},
		{"part", faultproxy.InternalError().On(http.MethodPut, "partNumber").After(2)},
		{"complete", faultproxy.SlowDown().On(http.MethodPost, "uploadId")},
		{"cut", faultproxy.Fault{CutRequest: 1}.On(http.MethodPut, "partNumber").After(1)},
	}
	for i, place := range places {
		t.Run(place.name, func(t *testing.T) {
			ctx, id := bounded(t), uuid.NewString()
			w := r.a.storeWitness(ctx, t)
			content := testkit.NewContent(uint64(840+i), 22<<20)
			r.network.Inject(place.fault)
			_, _, err := r.a.resume(ctx, "failing.bin", id, content)
			refused := requireRefused(t, err, codes.Unavailable, "STORAGE_FAILED")
			require.Positive(t, refused.retryAfter)
			require.Positive(t, r.network.Hits())
			r.a.requireWitness(ctx, t, w)
			answer, err := r.b.files.GetUpload(ctx, &fileuploadv1.GetUploadRequest{UploadId: id})
			require.NoError(t, err)
			durable := answer.GetUpload().GetPosition().GetDurable()
			require.GreaterOrEqual(t, durable, refused.cut.GetPosition().GetDurable())

			r.network.Heal()
			hello, receipt := r.b.mustResume(ctx, t, "failing.bin", id, content)
			require.GreaterOrEqual(t, hello.GetPosition().GetDurable(), durable)
			r.a.requireStored(ctx, t, receipt.GetFileId(), "failing.bin", content)
		})
	}
}

// TestReplicasWithoutTheirDatabaseRefuseAndGoOn kills PostgreSQL in the middle of
// uploads. With the database back both replicas go on by themselves.
func TestReplicasWithoutTheirDatabaseRefuseAndGoOn(t *testing.T) {
	r := startReplicas(t, "--checkpoint-bytes", "10MiB")
	ctx, id := bounded(t), uuid.NewString()
	w := r.a.storeWitness(ctx, t)
	content := testkit.NewContent(850, 22<<20)
	u := r.a.mustBegin(ctx, t, header("database.bin", id, content.Size()))
	require.NoError(t, u.sendFrom(content, 0, 12<<20))
	r.b.awaitDurable(ctx, t, id, 2*partSize)

	r.database.Kill(t)
	calls := []func() error{func() error {
		if err := u.sendFrom(content, 12<<20, content.Size()); err != nil {
			return err
		}
		_, err := u.finish()
		return err
	}}
	for _, p := range []peer{r.a.peer, r.b.peer} {
		calls = append(calls, func() error {
			_, err := p.files.ListFiles(ctx, &fileuploadv1.ListFilesRequest{})
			return err
		}, func() error {
			_, _, err := p.resume(ctx, "other.bin", uuid.NewString(), content)
			return err
		})
	}
	refused := make(chan error, len(calls))
	for _, call := range calls {
		go func() { refused <- call() }()
	}
	for range calls {
		requireRefused(t, <-refused, codes.Unavailable, "STORAGE_FAILED")
	}

	r.database.Restart(t)
	hello, receipt := r.b.mustResume(ctx, t, "database.bin", id, content)
	require.GreaterOrEqual(t, hello.GetNext(), int64(2*partSize))
	r.a.requireStored(ctx, t, receipt.GetFileId(), "database.bin", content)
	r.a.requireWitness(ctx, t, w)
}

// TestUploadsGoOnWhenTheDatabaseRestarts kills and restarts PostgreSQL while files
// are uploaded at both replicas by clients that retry.
func TestUploadsGoOnWhenTheDatabaseRestarts(t *testing.T) {
	r := startReplicas(t)
	ctx, dir := bounded(t), t.TempDir()
	const files = 60
	paths := make([]string, files)
	for i := range paths {
		paths[i] = filepath.Join(dir, fmt.Sprintf("restart-%d.bin", i))
		testkit.NewContent(uint64(860+i), int64(i)*50_000).WriteFile(t, paths[i])
	}
	type outcome struct {
		results []client.UploadResult
		err     error
	}
	ended := make(chan outcome, 2)
	for i, s := range []*server{r.a, r.b} {
		c := s.sdk(t, client.WithRetry(relentless), client.WithRateLimit(20<<20))
		go func() {
			results, err := c.UploadFilesConcurrently(ctx, paths[i*files/2:(i+1)*files/2], 4)
			ended <- outcome{results, err}
		}()
	}
	for range 2 {
		r.database.Restart(t)
	}
	for range 2 {
		got := <-ended
		require.NoError(t, got.err)
		for _, result := range got.results {
			var i int
			_, err := fmt.Sscanf(result.Receipt.FileName, "restart-%d.bin", &i)
			require.NoError(t, err)
			r.b.requireStored(ctx, t, result.Receipt.FileID, result.Receipt.FileName, testkit.NewContent(uint64(860+i), int64(i)*50_000))
		}
	}
	page, err := r.a.files.ListFiles(ctx, &fileuploadv1.ListFilesRequest{PageSize: 2 * files})
	require.NoError(t, err)
	require.Len(t, page.GetFiles(), files, "each is there once")
}

// TestEverythingAcknowledgedSurvivesTheEndOfReplicas kills both replicas, one after
// the other, and at times PostgreSQL and the S3 server before them.
func TestEverythingAcknowledgedSurvivesTheEndOfReplicas(t *testing.T) {
	r := startReplicas(t, "--checkpoint-bytes", "10MiB", "--janitor-interval", sweepInterval)
	load := crashes{
		peers: []peer{r.a.peer, r.b.peer}, seed: seed(t), rounds: rounds(t, 30), longest: 600 * time.Millisecond,
		crash: func(random *rand.Rand) { r.kill(t, random) },
		recover: func() {
			r.database.Restart(t)
			r.bucket.Restart()
			r.a.Restart()
			r.b.Restart()
		},
	}.run(t)
	ctx := bounded(t)
	load.finish(ctx, t)
	load.check(ctx, t)
	listed := load.list(ctx, t)
	r.a.requireUsage(ctx, t, listed)
	requireSound(t, listed, r.storage...)
}

// kill ends everything, in a random order.
func (r *replicas) kill(t *testing.T, random *rand.Rand) {
	t.Helper()
	ends := []func(){r.a.Kill9, r.b.Kill9, r.bucket.Kill, func() { r.database.Kill(t) }}
	random.Shuffle(len(ends), func(i, j int) { ends[i], ends[j] = ends[j], ends[i] })
	for _, end := range ends {
		end()
		//nolint:forbidigo // what is left goes on for a random while
		time.Sleep(time.Duration(random.Int64N(int64(30 * time.Millisecond))))
	}
}
