package tests

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

// TestResumeAfterACutAtAnyByte cuts the connection after so many bytes of the
// TCP stream: inside the preface, the settings, the headers, a frame's header,
// a message's header, the data, and near the end. gRPC itself connects again
// after a cut before its handshake is over.
func TestResumeAfterACutAtAnyByte(t *testing.T) {
	s := startServer(t)
	content := testkit.NewContent(11, 1<<20+17)
	size := content.Size()
	for _, at := range []int64{
		1, 23, 24, 33, 60, 100, 150, 200, 250, 300, 400, 500, 1000, 5000, 16_384, 16_393, 20_000,
		65_535, 65_536, 66_000, 131_072, 200_001, 524_289, 1_000_000, size - 1000, size, size + 100, size + 300,
	} {
		t.Run(fmt.Sprintf("after_%d_bytes", at), func(t *testing.T) {
			ctx := bounded(t)
			proxy := testkit.NewProxy(t, s.Addr)
			proxy.CutAfter(at)
			id := uuid.NewString()
			_, _, err := dial(t, proxy.Addr()).resume(ctx, "cut.bin", id, content)
			if err == nil {
				require.GreaterOrEqual(t, proxy.Upstream(), size, "the receipt came after all of the file")
			}
			hello, receipt := s.mustResume(ctx, t, "cut.bin", id, content)
			require.LessOrEqual(t, hello.GetNext(), proxy.Upstream(), "no more can be there than what passed")
			s.requireStored(ctx, t, receipt.GetFileId(), "cut.bin", content)
		})
	}
}

// TestVanishedClientLeavesACheckpoint cuts the connection without a word and
// finds what had come made durable.
func TestVanishedClientLeavesACheckpoint(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	w := s.storeWitness(ctx, t)
	content := testkit.NewContent(12, 10*chunkSize)
	proxy := testkit.NewProxy(t, s.Addr)
	id := uuid.NewString()
	u := dial(t, proxy.Addr()).mustBegin(ctx, t, header("vanish.bin", id, content.Size()))
	require.NoError(t, u.sendFrom(content, 0, 7*chunkSize))
	s.awaitUpload(ctx, t, id, receivedAtLeast(7*chunkSize))
	proxy.Cut()
	s.awaitUpload(ctx, t, id, durableAtLeast(7*chunkSize))
	hello, receipt := s.mustResume(ctx, t, "vanish.bin", id, content)
	require.Equal(t, int64(7*chunkSize), hello.GetNext())
	s.requireStored(ctx, t, receipt.GetFileId(), "vanish.bin", content)
	s.requireWitness(ctx, t, w)
}

// TestSilentClientIsTakenOver resumes an upload whose first connection still
// stands but carries nothing any more.
func TestSilentClientIsTakenOver(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	content := testkit.NewContent(13, 10*chunkSize)
	proxy := testkit.NewProxy(t, s.Addr)
	id := uuid.NewString()
	u := dial(t, proxy.Addr()).mustBegin(ctx, t, header("silent.bin", id, content.Size()))
	require.NoError(t, u.sendFrom(content, 0, 4*chunkSize))
	s.awaitUpload(ctx, t, id, receivedAtLeast(4*chunkSize))
	proxy.Stall()
	hello, receipt := s.mustResume(ctx, t, "silent.bin", id, content)
	require.Equal(t, int64(4*chunkSize), hello.GetNext())
	s.requireStored(ctx, t, receipt.GetFileId(), "silent.bin", content)
}

func TestCancelledStreamCanBeResumed(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	w := s.storeWitness(ctx, t)
	content := testkit.NewContent(14, 6*chunkSize)
	id := uuid.NewString()
	u := s.mustBegin(ctx, t, header("cancel.bin", id, content.Size()))
	require.NoError(t, u.sendFrom(content, 0, 5*chunkSize))
	s.awaitUpload(ctx, t, id, receivedAtLeast(5*chunkSize))
	u.cancel()
	s.awaitUpload(ctx, t, id, durableAtLeast(5*chunkSize))
	hello, receipt := s.mustResume(ctx, t, "cancel.bin", id, content)
	require.Equal(t, int64(5*chunkSize), hello.GetNext())
	s.requireStored(ctx, t, receipt.GetFileId(), "cancel.bin", content)
	s.requireWitness(ctx, t, w)
}
