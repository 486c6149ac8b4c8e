package demo

import (
	"context"
	"sync"
	"time"

	"github.com/sluice-ingest/sluice/libs/client"
)

// tick is how often a feed sends.
const tick = 10 * time.Millisecond

// feed sends the points 0 to count-1 at a rate into the channel and closes it.
func feed(ctx context.Context, to chan<- *client.DataPoint, count, perSecond int, point func(i int) *client.DataPoint) {
	defer close(to)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	burst := perSecond * int(tick) / int(time.Second)
	for i := range count {
		if i%burst == 0 {
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
		}
		select {
		case to <- point(i):
		case <-ctx.Done():
			return
		}
	}
}

// send feeds points to the SDK and shows the progress, also to watch, which may
// be nil.
func (d *demo) send(
	ctx context.Context, count, perSecond int, point func(i int) *client.DataPoint, watch func(client.SendProgress),
	options ...client.SendOption,
) (*client.SendResult, error) {
	ctx, cancel := context.WithCancel(ctx)
	points := make(chan *client.DataPoint, 100)
	var feeding sync.WaitGroup
	feeding.Go(func() { feed(ctx, points, count, perSecond, point) })
	defer feeding.Wait()
	defer cancel()
	meter := pointMeter{stage: d.stage, draw: d.Draw, count: int64(count)}
	options = append(options, client.WithProgressInterval(2*tick), client.WithSendProgress(func(p client.SendProgress) {
		meter.moved(p)
		if watch != nil {
			watch(p)
		}
	}))
	return d.points.SendDataPoints(ctx, points, options...)
}
