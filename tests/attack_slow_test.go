package tests

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// TestAttackByOneByteASecondIsIdle announces a message and then sends a byte each
// second: that is no message, however much arrives.
func TestAttackByOneByteASecondIsIdle(t *testing.T) {
	const idle = "3s"
	tests := map[string]struct {
		method string
		addr   func() string
	}{
		"files": {uploadFile, func() string { return launchServer(t, t.TempDir(), "--streams-idle-timeout", idle).Addr }},
		// The request of a server stream.
		"watch": {streamv1.StreamService_WatchStreams_FullMethodName, func() string {
			return launchServer(t, t.TempDir(), "--streams-idle-timeout", idle).Addr
		}},
		"points": {collectorv1.DataCollectionService_CollectDataPoints_FullMethodName, func() string {
			return launchCollector(t, t.TempDir(), "--streams-idle-timeout", idle).Addr
		}},
		"logs": {logaggv1.LogAggregationService_CollectLogs_FullMethodName, func() string {
			return launchLogs(t, t.TempDir(), "--streams-idle-timeout", idle).Addr
		}},
	}
	for name, tt := range tests {
		a := attack(t, tt.addr(), 1)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, begun := bounded(t), time.Now()
			id, err := a.open(tt.method, false)
			require.NoError(t, err)
			require.NoError(t, a.data(id, false, grpcMessage(false, 1<<20, nil)))
			sent, end := a.trickle(ctx, t, id)
			requireRefused(t, end, codes.DeadlineExceeded, "STREAM_IDLE")
			require.Positive(t, sent)
			require.Greater(t, time.Since(begun), 2*time.Second, "and not before the timeout")
		})
	}
}

// trickle sends a byte a second until the stream ends.
func (a *attacker) trickle(ctx context.Context, t *testing.T, id uint32) (sent int, end error) {
	t.Helper()
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		select {
		case end := <-a.ends:
			return sent, end.err
		case <-second.C:
			require.NoError(t, a.data(id, false, []byte{0}))
			sent++
		case <-ctx.Done():
			t.Fatalf("the stream goes on after %d bytes", sent)
		}
	}
}

// TestAttackByTinyMessagesIsTooSlow uploads a file byte by byte, each a message of
// its own.
func TestAttackByTinyMessagesIsTooSlow(t *testing.T) {
	s := startServer(t, "--streams-min-bytes-per-second", "1KiB", "--streams-min-rate-window", "2s")
	ctx := bounded(t)
	id := uuid.NewString()
	content := testkit.NewContent(10, 100*chunkSize)
	u := s.mustBegin(ctx, t, header("tiny.bin", id, content.Size()))
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var err error
	for offset := int64(0); err == nil; offset++ {
		<-tick.C
		err = u.send(&fileuploadv1.UploadFileRequest{Data: content.Bytes(offset, 1), Offset: offset})
	}
	r := requireRefused(t, err, codes.DeadlineExceeded, "STREAM_TOO_SLOW")
	require.Positive(t, r.cut.GetPosition().GetDurable(), "what came is kept")
	hello, _ := s.mustResume(ctx, t, "tiny.bin", id, content)
	require.Equal(t, r.cut.GetPosition().GetDurable(), hello.GetNext())
}
