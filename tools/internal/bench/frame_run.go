package bench

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/types/known/durationpb"

	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/failure"
)

// frameRun is one use of a running server that takes frames.
type frameRun struct {
	server  Server
	clients []*client.StreamingClient
	// services by client.
	services  []frameService
	producers []*rawProducer
	// cancel ends the streams; nil before there are any.
	cancel context.CancelFunc
}

// connect opens the connections and makes a call on each.
func (r *frameRun) connect(
	ctx context.Context, connect func(addr string) (*client.StreamingClient, error), service func(*client.StreamingClient) frameService,
) error {
	for range maxConnections {
		one, err := connect(r.server.Addr())
		if err != nil {
			return err
		}
		r.clients = append(r.clients, one)
		r.services = append(r.services, service(one))
		if err := r.services[len(r.services)-1].ping(ctx); err != nil {
			return err
		}
	}
	return nil
}

// send sends each list of frames as a producer of its own, and returns when the
// last of them is durable: when that began, and how long it took. The streams
// stay open until close.
func (r *frameRun) send(ctx context.Context, streams [][]rawMessage, interval time.Duration) (begun time.Time, took time.Duration, err error) {
	ctx, r.cancel = context.WithCancel(ctx)
	for i, frames := range streams {
		if len(frames) == 0 {
			continue // the load is too small for so many producers
		}
		p, err := openProducer(ctx, r.services[i%len(r.services)], frames, interval)
		if err != nil {
			return begun, 0, err
		}
		r.producers = append(r.producers, p)
	}
	var group errgroup.Group
	begun = time.Now()
	for _, p := range r.producers {
		group.Go(func() error { return r.orCancel(p.send(ctx)) })
		group.Go(func() error { return r.orCancel(p.follow()) })
	}
	err = group.Wait()
	return begun, time.Since(begun), err
}

// orCancel ends all streams after a failure, since none would end by itself.
func (r *frameRun) orCancel(err error) error {
	if err != nil {
		r.cancel()
	}
	return err
}

// close ends what is open.
func (r *frameRun) close() error {
	if r.cancel != nil {
		r.cancel()
	}
	return closeAll(r.clients)
}

func (r *frameRun) latencies() []time.Duration {
	var all []time.Duration
	for _, p := range r.producers {
		all = append(all, p.latency...)
	}
	return all
}

// awaitStored returns when a query counts all items. A server that is used for
// more than this run may have more.
func (r *frameRun) awaitStored(ctx context.Context, items int64, name string) error {
	for _, p := range r.producers {
		if err := r.await(ctx, p); err != nil {
			return err
		}
	}
	count, err := r.services[0].count(ctx)
	if err != nil {
		return err
	}
	_, local, _ := r.server.Usage()
	if count < items || (local && count > items) {
		return fmt.Errorf("the server counts %d %s, not %d", count, name, items)
	}
	return nil
}

// maxWait is the longest that a service lets a query wait.
const maxWait = time.Minute

// await returns when queries see all of a producer.
func (r *frameRun) await(ctx context.Context, p *rawProducer) error {
	wait := &queryv1.WaitFor{ProducerId: p.id, Sequence: int64(len(p.frames)), Timeout: durationpb.New(maxWait)}
	err := r.services[0].await(ctx, wait)
	for err != nil && failure.Of(err).Reason == "POSITION_NOT_REACHED" && ctx.Err() == nil {
		err = r.services[0].await(ctx, wait)
	}
	return err
}

// receipts ends the streams and compares what they accepted.
func (r *frameRun) receipts(items int64, name string) error {
	var accepted int64
	for _, p := range r.producers {
		n, err := p.receipt()
		if err != nil {
			return err
		}
		accepted += n
	}
	if accepted != items {
		return fmt.Errorf("the receipts count %d %s, not %d", accepted, name, items)
	}
	return nil
}
