package demo

import (
	"context"
	"sync"
	"time"

	"github.com/sluice-ingest/sluice/libs/client"
)

// tick is how often a feed sends.
const tick = 10 * time.Millisecond

// feed sends items of one kind at a rate and shows the progress.
type feed[T any] struct {
	// name of the items, a plural.
	name             string
	count, perSecond int
	item             func(i int) T
	// watch is told of the progress too. Nil: nobody is.
	watch func(client.SendProgress)
}

// run gives the items to send, and draws a bar where one can be drawn.
func (f feed[T]) run(ctx context.Context, d *demo, send func(context.Context, <-chan T, ...client.SendOption) error) error {
	ctx, cancel := context.WithCancel(ctx)
	items := make(chan T, 100)
	var feeding sync.WaitGroup
	feeding.Go(func() { f.fill(ctx, items) })
	defer feeding.Wait()
	defer cancel()
	m := meter{stage: d.stage, draw: d.Draw, name: f.name, count: int64(f.count)}
	return send(ctx, items, client.WithProgressInterval(2*tick), client.WithSendProgress(func(p client.SendProgress) {
		m.moved(p)
		if f.watch != nil {
			f.watch(p)
		}
	}))
}

// fill sends the items 0 to count-1 at the rate into the channel and closes it.
func (f feed[T]) fill(ctx context.Context, to chan<- T) {
	defer close(to)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	burst := f.perSecond * int(tick) / int(time.Second)
	for i := range f.count {
		if i%burst == 0 {
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
		}
		select {
		case to <- f.item(i):
		case <-ctx.Done():
			return
		}
	}
}
