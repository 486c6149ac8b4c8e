package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// patient retries as often as it takes, without waiting long.
var patient = client.RetryPolicy{MaxAttempts: 50, InitialBackoff: 10 * time.Millisecond, MaxBackoff: 200 * time.Millisecond}

func TestClientResumesByItselfAfterCuts(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	content := testkit.NewContent(91, 20<<20)
	path := filepath.Join(t.TempDir(), "cut.bin")
	content.WriteFile(t, path)
	const cuts, apart = 6, 3 << 20
	c := sdkTo(t, cutAgainAndAgain(t, s.Addr, cuts, apart), client.WithRetry(patient))
	receipt, err := c.UploadWithRetry(ctx, path)
	require.NoError(t, err)
	require.Equal(t, content.SHA256(), receipt.Checksum)
	require.Greater(t, receipt.Attempts, cuts)
	s.requireStored(ctx, t, receipt.FileID, "cut.bin", content)
}

// cutAgainAndAgain returns an address before target where connections are cut
// each time that so many more bytes have passed. There is a proxy for each cut,
// the next one nearer to the target: as no proxy sees more than the one before
// it, the cuts never fall together.
func cutAgainAndAgain(t *testing.T, target string, cuts int, apart int64) string {
	t.Helper()
	for i := range cuts {
		proxy := testkit.NewProxy(t, target)
		proxy.CutAfter(int64(cuts-i) * apart)
		target = proxy.Addr()
	}
	return target
}

func TestClientResumesByItselfAfterKill9(t *testing.T) {
	s := startServer(t, "--checkpoint-bytes", "4MiB")
	ctx := bounded(t)
	content := testkit.NewContent(92, 80<<20)
	path := filepath.Join(t.TempDir(), "killed.bin")
	content.WriteFile(t, path)
	c := s.sdk(t, client.WithRetry(patient), client.WithRateLimit(80<<20))
	var durable atomic.Int64
	moved := make(chan struct{}, 1)
	type outcome struct {
		receipt *client.Receipt
		err     error
	}
	ended := make(chan outcome, 1)
	go func() {
		receipt, err := c.UploadWithRetry(ctx, path, client.WithProgress(func(p client.Progress) {
			durable.Store(p.Durable)
			if p.Durable >= 16<<20 {
				select {
				case moved <- struct{}{}:
				default:
				}
			}
		}))
		ended <- outcome{receipt, err}
	}()
	select {
	case <-moved:
	case early := <-ended:
		t.Fatalf("the upload ended before the kill: %v, %d bytes told to be durable", early.err, durable.Load())
	}
	s.Restart()
	got := <-ended
	require.NoError(t, got.err)
	require.Equal(t, content.SHA256(), got.receipt.Checksum)
	require.GreaterOrEqual(t, got.receipt.Resumed, int64(16<<20))
	s.requireStored(ctx, t, got.receipt.FileID, "killed.bin", content)
}

func TestClientDoesNotGoOnWithAFileThatChanged(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	content := testkit.NewContent(94, 6<<20)
	const id, name, sent = "changed", "changed.bin", 5 << 20
	u := s.mustBegin(ctx, t, header(name, id, content.Size()))
	require.NoError(t, u.sendFrom(content, 0, sent))
	_, err := u.finish()
	requireRefused(t, err, codes.InvalidArgument, "INCOMPLETE")

	path := filepath.Join(t.TempDir(), name)
	data := content.Bytes(0, int(content.Size()))
	data[sent-1] ^= 1
	require.NoError(t, os.WriteFile(path, data, 0o600))
	_, err = s.sdk(t).UploadWithRetry(ctx, path, client.WithUploadID(id))
	require.ErrorIs(t, err, client.ErrContentDiffers)
	at := s.awaitUpload(ctx, t, id, func(*fileuploadv1.Upload) bool { return true })
	require.Equal(t, int64(sent), at.GetPosition().GetDurable(), "nothing of the other file landed")

	content.WriteFile(t, path)
	receipt, err := s.sdk(t).UploadWithRetry(ctx, path, client.WithUploadID(id))
	require.NoError(t, err)
	require.Equal(t, int64(sent), receipt.Resumed)
	require.Equal(t, content.SHA256(), receipt.Checksum)
}

func TestClientWatchesAnUploadToItsEnd(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	content := testkit.NewContent(95, 20<<20)
	path := filepath.Join(t.TempDir(), "watched.bin")
	content.WriteFile(t, path)
	u := s.mustBegin(ctx, t, header("watched.bin", "watched", content.Size()))
	u.cancel() // It is there to be watched, before anything is sent.
	uploader := s.sdk(t, client.WithRateLimit(20<<20))
	uploaded := make(chan *client.Receipt, 1)
	go func() {
		defer close(uploaded)
		receipt, err := uploader.UploadWithRetry(ctx, path, client.WithUploadID("watched"))
		if err == nil {
			uploaded <- receipt
		}
	}()
	var states []client.UploadState
	var fastest float64
	for state, err := range s.sdk(t).WatchUpload(ctx, "watched") {
		require.NoError(t, err)
		if len(states) > 0 {
			before := states[len(states)-1]
			require.GreaterOrEqual(t, state.Position.Received, before.Position.Received)
			require.GreaterOrEqual(t, state.Position.Durable, before.Position.Durable)
			require.GreaterOrEqual(t, state.Done, before.Done)
			require.Less(t, before.Done, 1.0, "the whole is done only at the end")
		}
		states = append(states, state)
		fastest = max(fastest, state.Rate)
	}
	receipt := <-uploaded
	require.NotNil(t, receipt)
	require.Greater(t, len(states), 3, "it was seen on its way")
	last := states[len(states)-1]
	require.Equal(t, client.UploadAvailable, last.Status)
	require.Equal(t, receipt.FileID, last.FileID)
	require.Equal(t, content.Size(), last.Position.Durable)
	require.Equal(t, content.Size(), last.Total)
	require.Equal(t, 1.0, last.Done) //nolint:testifylint // it is 1 exactly, not nearly
	require.Positive(t, fastest)
}

func TestClientTellsWhyAFileIsRefused(t *testing.T) {
	s := startServer(t, "--max-file-size", "1MiB")
	dir := t.TempDir()
	tests := []struct {
		file   string
		size   int64
		reason string
	}{
		{"program.exe", 100, "TYPE_NOT_ALLOWED"},
		{"large.bin", 2 << 20, "SIZE_LIMIT_EXCEEDED"},
		{"text.txt", 4000, "TYPE_MISMATCH"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			path := filepath.Join(dir, tt.file)
			testkit.NewContent(93, tt.size).WriteFile(t, path)
			_, err := s.sdk(t).UploadWithRetry(bounded(t), path)
			var refused *client.Error
			require.ErrorAs(t, err, &refused)
			require.Equal(t, codes.InvalidArgument, refused.Code)
			require.Equal(t, tt.reason, refused.Reason)
		})
	}
}

func TestClientUploadsManyFilesAtOnce(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	dir := t.TempDir()
	var paths []string
	for i := range 50 {
		path := filepath.Join(dir, fmt.Sprintf("many-%d.bin", i))
		testkit.NewContent(uint64(i), int64(i)*20_000).WriteFile(t, path)
		paths = append(paths, path)
	}
	bad := filepath.Join(dir, "bad.exe")
	testkit.NewContent(1, 10).WriteFile(t, bad)
	paths = append(paths, bad)
	results, err := s.sdk(t).UploadFilesConcurrently(ctx, paths, 8)
	require.Error(t, err, "one of the files is refused")
	for i, result := range results[:50] {
		require.NoError(t, result.Err)
		s.requireStored(ctx, t, result.Receipt.FileID, filepath.Base(paths[i]), testkit.NewContent(uint64(i), int64(i)*20_000))
	}
	var refused *client.Error
	require.ErrorAs(t, results[50].Err, &refused)
	require.Equal(t, "TYPE_NOT_ALLOWED", refused.Reason)
}
