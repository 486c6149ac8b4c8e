package bench

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/types/known/durationpb"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/failure"
	"github.com/sluice-ingest/sluice/tools/internal/matcher"
)

// collectorRun is one use of a running collector.
type collectorRun struct {
	server    Server
	clients   []*client.StreamingClient
	producers []*rawProducer
	// cancel ends the streams; nil before there are any.
	cancel context.CancelFunc
}

// connect opens the connections and makes a call on each.
func (c *collectorRun) connect(ctx context.Context, connect func(addr string) (*client.StreamingClient, error)) error {
	for range pointConnections {
		one, err := connect(c.server.Addr())
		if err != nil {
			return err
		}
		c.clients = append(c.clients, one)
		if _, err := one.Points().ListSeries(ctx, &collectorv1.ListSeriesRequest{PageSize: 1}); err != nil {
			return err
		}
	}
	return nil
}

// send sends each list of frames as a producer of its own, and returns when the
// last of them is durable: when that began, and how long it took. The streams
// stay open until close.
func (c *collectorRun) send(ctx context.Context, streams [][]rawMessage, interval time.Duration) (begun time.Time, took time.Duration, err error) {
	ctx, c.cancel = context.WithCancel(ctx)
	for i, frames := range streams {
		p, err := openProducer(ctx, c.clients[i%len(c.clients)].Points(), frames, interval)
		if err != nil {
			return begun, 0, err
		}
		c.producers = append(c.producers, p)
	}
	var group errgroup.Group
	begun = time.Now()
	for _, p := range c.producers {
		group.Go(func() error { return c.orCancel(p.send(ctx)) })
		group.Go(func() error { return c.orCancel(p.follow()) })
	}
	err = group.Wait()
	return begun, time.Since(begun), err
}

// orCancel ends all streams after a failure, since none would end by itself.
func (c *collectorRun) orCancel(err error) error {
	if err != nil {
		c.cancel()
	}
	return err
}

// close ends what is open.
func (c *collectorRun) close() error {
	if c.cancel != nil {
		c.cancel()
	}
	return closeAll(c.clients)
}

func (c *collectorRun) latencies() []time.Duration {
	var all []time.Duration
	for _, p := range c.producers {
		all = append(all, p.latency...)
	}
	return all
}

// maxWait is the longest that a service lets a query wait.
const maxWait = time.Minute

// awaitStored returns when a query counts all samples. A server that is used
// for more than this run may have more.
func (c *collectorRun) awaitStored(ctx context.Context, samples int64) error {
	for _, p := range c.producers {
		// No source has this name, so that the query does nothing but wait.
		if _, err := c.count(ctx, p, matcher.Source("none")); err != nil {
			return err
		}
	}
	count, err := c.count(ctx, c.producers[0], matcher.Everything())
	if err != nil {
		return err
	}
	_, local, _ := c.server.Usage()
	if count < samples || (local && count > samples) {
		return fmt.Errorf("the server counts %d samples, not %d", count, samples)
	}
	return nil
}

// count counts samples once the query sees all of a producer.
func (c *collectorRun) count(ctx context.Context, p *rawProducer, m *collectorv1.SeriesMatcher) (int64, error) {
	request := &collectorv1.QueryDataPointsRequest{
		Matchers:       []*collectorv1.SeriesMatcher{m},
		BucketDuration: wholeSeries.Nanoseconds(),
		WaitFor:        &queryv1.WaitFor{ProducerId: p.id, Sequence: int64(len(p.frames)), Timeout: durationpb.New(maxWait)},
	}
	count, err := c.countBuckets(ctx, request)
	for err != nil && failure.Of(err).Reason == "POSITION_NOT_REACHED" && ctx.Err() == nil {
		count, err = c.countBuckets(ctx, request)
	}
	return count, err
}

// wholeSeries is a bucket that has all samples of a series.
const wholeSeries = 1e18 * time.Nanosecond

func (c *collectorRun) countBuckets(ctx context.Context, request *collectorv1.QueryDataPointsRequest) (count int64, err error) {
	for bucket, err := range c.clients[0].QueryBuckets(ctx, request) {
		if err != nil {
			return 0, err
		}
		count += bucket.Count
	}
	return count, nil
}

// receipts ends the streams and compares what they accepted.
func (c *collectorRun) receipts(points int64) error {
	var accepted int64
	for _, p := range c.producers {
		n, err := p.receipt()
		if err != nil {
			return err
		}
		accepted += n
	}
	if accepted != points {
		return fmt.Errorf("the receipts count %d points, not %d", accepted, points)
	}
	return nil
}
