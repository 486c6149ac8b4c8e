package tests

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

func TestDrainCutsAnUploadThatCanBeResumed(t *testing.T) {
	s := startServer(t, "--drain-grace", "100ms", "--drain-timeout", "10s")
	ctx := bounded(t)
	content := testkit.NewContent(41, 10*chunkSize)
	id := uuid.NewString()
	u := s.mustBegin(ctx, t, header("drain.bin", id, content.Size()))
	require.NoError(t, u.sendFrom(content, 0, 6*chunkSize))
	s.awaitUpload(ctx, t, id, receivedAtLeast(6*chunkSize))

	ended := make(chan error, 1)
	go func() { ended <- u.ended() }()
	start := time.Now()
	require.NoError(t, s.Terminate(10*time.Second), "a clean drain exits with 0")
	require.Less(t, time.Since(start), 5*time.Second)
	r := requireRefused(t, <-ended, codes.Unavailable, "DRAINING")
	require.Positive(t, r.retryAfter)
	require.Equal(t, id, r.cut.GetWorkId())
	require.Equal(t, int64(6*chunkSize), r.cut.GetPosition().GetReceived())
	require.Equal(t, int64(6*chunkSize), r.cut.GetPosition().GetDurable())

	s.Restart()
	hello, receipt := s.mustResume(ctx, t, "drain.bin", id, content)
	require.Equal(t, int64(6*chunkSize), hello.GetNext())
	s.requireStored(ctx, t, receipt.GetFileId(), "drain.bin", content)
}

func TestDrainLetsAnUploadEndWithinItsGrace(t *testing.T) {
	s := startServer(t, "--drain-grace", "30s", "--drain-timeout", "60s")
	ctx := bounded(t)
	content := testkit.NewContent(42, 4*chunkSize)
	u := s.mustBegin(ctx, t, header("grace.bin", uuid.NewString(), content.Size()))
	_, err := u.hello()
	require.NoError(t, err)
	s.Signal(syscall.SIGTERM)
	require.NoError(t, u.sendFrom(content, 0, content.Size()))
	receipt, err := u.finish()
	require.NoError(t, err)
	requireReceipt(t, receipt, "grace.bin", content)
	require.NoError(t, s.Wait())
	s.Restart()
	s.requireStored(ctx, t, receipt.GetFileId(), "grace.bin", content)
}

// TestDrainIsNotHeldUpByADownloadThatNobodyReads leaves a download unread, so
// that the server can send neither the rest of it nor the end of its call.
func TestDrainIsNotHeldUpByADownloadThatNobodyReads(t *testing.T) {
	s := startServer(t, "--drain-grace", "100ms", "--drain-timeout", "60s")
	download := stalledDownload(bounded(t), t, s)
	start := time.Now()
	require.NoError(t, s.Terminate(30*time.Second), "a clean drain exits with 0")
	require.Less(t, time.Since(start), 10*time.Second)
	require.Equal(t, codes.Unavailable, refusalOf(endOf(download)).code)
}

// TestDrainTellsADownloadWhyItWasCut reads on as soon as the server has cut the
// download.
func TestDrainTellsADownloadWhyItWasCut(t *testing.T) {
	s := startServer(t, "--drain-grace", "100ms", "--drain-timeout", "60s")
	download := stalledDownload(bounded(t), t, s)
	s.Signal(syscall.SIGTERM)
	require.Eventually(t, func() bool {
		return strings.Contains(s.Logs(), `"grpc.method":"DownloadFile"`)
	}, 30*time.Second, 5*time.Millisecond, "the server has not ended the call")
	requireRefused(t, endOf(download), codes.Unavailable, "DRAINING")
	require.NoError(t, s.Wait())
}

// stalledDownload begins a download that is larger than what the windows let
// through, and reads no more than its first message.
func stalledDownload(ctx context.Context, t *testing.T, s *server) fileuploadv1.FileUploadService_DownloadFileClient {
	t.Helper()
	content := testkit.NewContent(43, 32<<20)
	fileID := s.store(ctx, t, "unread.bin", content).GetFileId()
	narrow := dial(t, s.Addr, grpc.WithStaticStreamWindowSize(64<<10), grpc.WithStaticConnWindowSize(64<<10))
	download, err := narrow.files.DownloadFile(ctx, &fileuploadv1.DownloadFileRequest{FileId: fileID})
	require.NoError(t, err)
	first, err := download.Recv()
	require.NoError(t, err)
	require.Equal(t, fileID, first.GetFile().GetFileId())
	return download
}

// endOf reads a download to its end and returns why it ended.
func endOf(download fileuploadv1.FileUploadService_DownloadFileClient) error {
	for {
		if _, err := download.Recv(); err != nil {
			return err
		}
	}
}
