package tests

import (
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

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
