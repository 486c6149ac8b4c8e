package tests

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// TestStreamOfALargestAgeEnds also wants the streams from the server to end.
func TestStreamOfALargestAgeEnds(t *testing.T) {
	forEachKind(t, func(t *testing.T, kind guardKind) {
		t.Helper()
		g := startGuard(t, kind, "--streams-max-age", "3s")
		ctx, work := bounded(t), newWork()
		open, ends := g.leaveAlone(ctx, t, g.always(t), work)
		for end := range ends {
			r := requireRefused(t, end.err, codes.Unavailable, "STREAM_TOO_OLD")
			if end.name == clientStream {
				require.Equal(t, open.durable, r.cut.GetPosition().GetDurable())
			}
		}
		require.Equal(t, open.next, kind.next(ctx, t, g.always(t), work))
	})
}

func TestClientGoesOnBehindTheLargestAge(t *testing.T) {
	forEachKind(t, func(t *testing.T, kind guardKind) {
		t.Helper()
		// Long enough for the search at the end, and shorter than an upload.
		g := startGuard(t, kind, "--streams-max-age", "2s")
		attempts := g.sendWhile(t, func() { g.awaitLog(t, "STREAM_TOO_OLD", 4) }, g.alwaysToken())
		require.GreaterOrEqual(t, attempts, 3)
	})
}

func TestIdleStreamEnds(t *testing.T) {
	forEachKind(t, func(t *testing.T, kind guardKind) {
		t.Helper()
		g := startGuard(t, kind, "--streams-idle-timeout", "1s")
		ctx, work := bounded(t), newWork()
		p := g.always(t)
		open := kind.open(ctx, t, p, work)
		r := requireRefused(t, open.ended(), codes.DeadlineExceeded, "STREAM_IDLE")
		require.Equal(t, open.durable, r.cut.GetPosition().GetDurable())
		require.Equal(t, open.next, kind.next(ctx, t, p, work))
	})
}

// TestSlowStreamEnds sends small parts again and again, each in time.
func TestSlowStreamEnds(t *testing.T) {
	forEachKind(t, func(t *testing.T, kind guardKind) {
		t.Helper()
		g := startGuard(t, kind, "--streams-min-bytes-per-second", "1MiB", "--streams-min-rate-window", "1s")
		ctx, work := bounded(t), newWork()
		open := kind.open(ctx, t, g.always(t), work)
		var err error
		for err == nil {
			<-time.After(100 * time.Millisecond)
			err = open.send()
		}
		r := requireRefused(t, err, codes.DeadlineExceeded, "STREAM_TOO_SLOW")
		require.Greater(t, r.cut.GetPosition().GetDurable(), open.durable)
		require.GreaterOrEqual(t, kind.next(ctx, t, g.always(t), work), r.cut.GetPosition().GetDurable())
	})
}

// TestClientGoesOnAfterSilence has nothing to send until the server ends the
// stream.
func TestClientGoesOnAfterSilence(t *testing.T) {
	g := startGuard(t, guardKinds[1], "--streams-idle-timeout", "1s")
	id, points := newWork(), make(chan *client.DataPoint)
	ended := make(chan error, 1)
	var result *client.SendResult
	c := g.sdk(t, g.alwaysToken())
	go func() {
		var err error
		result, err = c.SendDataPoints(bounded(t), points, client.WithProducer(id, 0), client.WithBatchDelay(time.Millisecond))
		ended <- err
	}()
	const count, half = 20, 10
	for i := range int64(count) {
		if i == half {
			g.awaitLog(t, "STREAM_IDLE", 1)
		}
		points <- numberedPoint(id, i)
	}
	close(points)
	require.NoError(t, <-ended)
	require.GreaterOrEqual(t, result.Attempts, 2)
	g.requireItems(t, id, count, result.Frames)
}

// TestClientGoesOnAfterASlowNetwork uploads through a network that is slow until
// the server ends the stream.
func TestClientGoesOnAfterASlowNetwork(t *testing.T) {
	g := startGuard(t, guardKinds[0], "--streams-min-bytes-per-second", "512KiB", "--streams-min-rate-window", "1s")
	proxy := testkit.NewProxy(t, g.Addr)
	proxy.SetRate(100 << 10)
	content := testkit.NewContent(5, 4<<20)
	path := filepath.Join(t.TempDir(), "slow.bin")
	content.WriteFile(t, path)
	c := sdkTo(t, proxy.Addr(), client.WithRootCA(g.certs.CAFile), client.WithRetry(relentless), client.WithChunkSize(16<<10), g.alwaysToken())
	type outcome struct {
		receipt *client.Receipt
		err     error
	}
	ended := make(chan outcome, 1)
	go func() {
		receipt, err := c.UploadWithRetry(bounded(t), path)
		ended <- outcome{receipt, err}
	}()
	g.awaitLog(t, "STREAM_TOO_SLOW", 1)
	proxy.SetRate(0)
	got := <-ended
	require.NoError(t, got.err)
	require.GreaterOrEqual(t, got.receipt.Attempts, 2)
	require.Positive(t, got.receipt.Resumed, "what was durable is not sent again")
	g.always(t).requireStored(bounded(t), t, got.receipt.FileID, "slow.bin", content)
}
