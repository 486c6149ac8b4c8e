package tests

import (
	"context"
	"testing"

	"github.com/sluice-ingest/sluice/libs/client"
)

func TestEveryPointIsThereOnceAfterManyKills(t *testing.T) {
	testManyKills(t, startCollector(t, "--store-batch-interval", "50ms"))
}

func (s *collector) startLoad(ctx context.Context, t *testing.T, id string, stop <-chan struct{}) *sdkLoad {
	t.Helper()
	return pointLoad(ctx, s.sdk(t, client.WithRetry(relentless)), id, stop)
}

// pointLoad sends numbered points of a source by the SDK.
func pointLoad(ctx context.Context, c *client.StreamingClient, id string, stop <-chan struct{}) *sdkLoad {
	point := func(i int64) *client.DataPoint { return numberedPoint(id, i) }
	return runLoad(ctx, id, stop, point,
		func(ctx context.Context, points <-chan *client.DataPoint, opts ...client.SendOption) (sdkResult, error) {
			r, err := c.SendDataPoints(ctx, points, opts...)
			if err != nil {
				return sdkResult{}, err
			}
			return sdkResult{accepted: r.Successful, others: r.Errors, frames: r.Frames, attempts: r.Attempts}, nil
		})
}
