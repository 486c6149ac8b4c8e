package tests

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// sendWhile sends by the SDK while something happens, and wants everything to be
// there once. It returns how often the SDK began.
func (g *guard) sendWhile(t *testing.T, happens func(), opts ...client.Option) (attempts int) {
	t.Helper()
	c := g.sdk(t, append([]client.Option{client.WithRateLimit(uploadPace)}, opts...)...)
	if g.kind.name == "files" {
		return g.uploadWhile(t, happens, c)
	}
	stop, id := make(chan struct{}), newWork()
	var load *sdkLoad
	if g.kind.name == "points" {
		load = pointLoad(bounded(t), c, id, stop)
	} else {
		load = logLoad(bounded(t), c, id, stop)
	}
	happens()
	close(stop)
	<-load.ended
	require.NoError(t, load.err)
	require.Equal(t, load.sent, load.result.accepted)
	require.Zero(t, load.result.others)
	g.requireItems(t, id, load.sent, load.result.frames)
	t.Logf("%d items in %d frames and %d attempts", load.sent, load.result.frames, load.result.attempts)
	return load.result.attempts
}

// requireItems wants the items of a producer to be there once each.
func (g *guard) requireItems(t *testing.T, id string, count, frames int64) {
	t.Helper()
	p := g.always(t)
	if g.kind.name == "points" {
		p.points.requireNumbered(bounded(t), t, id, count, waitFor(id, frames))
	} else {
		p.logs.requireNumbered(bounded(t), t, id, count, waitFor(id, frames))
	}
}

// uploadPace makes an upload of uploadWhile take three seconds.
const (
	uploadSize = 3 << 20
	uploadPace = 1 << 20
)

// uploadWhile uploads one file after the other.
func (g *guard) uploadWhile(t *testing.T, happens func(), c *client.StreamingClient) (attempts int) {
	t.Helper()
	content := testkit.NewContent(11, uploadSize)
	path := filepath.Join(t.TempDir(), "whole.bin")
	content.WriteFile(t, path)
	stop, ended := make(chan struct{}), make(chan struct{})
	var receipts []*client.Receipt
	var err error
	go func() {
		defer close(ended)
		receipts, err = uploadUntil(bounded(t), c, path, stop)
	}()
	happens()
	close(stop)
	<-ended
	require.NoError(t, err)
	for _, receipt := range receipts {
		attempts += receipt.Attempts
		g.always(t).requireStored(bounded(t), t, receipt.FileID, "whole.bin", content)
	}
	t.Logf("%d files in %d attempts", len(receipts), attempts)
	return attempts
}

func uploadUntil(ctx context.Context, c *client.StreamingClient, path string, stop <-chan struct{}) (receipts []*client.Receipt, err error) {
	for {
		receipt, err := c.UploadWithRetry(ctx, path)
		if err != nil {
			return receipts, err
		}
		receipts = append(receipts, receipt)
		select {
		case <-stop:
			return receipts, nil
		default:
		}
	}
}
