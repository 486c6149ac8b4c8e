package apply

import (
	"context"

	"github.com/sluice-ingest/sluice/libs/producer"
)

// WaitApplied implements [Waiter].
func (a *Applier) WaitApplied(ctx context.Context, key producer.Key, sequence int64) error {
	p, err := a.producers.Acquire(ctx, key)
	if err != nil {
		return err
	}
	defer a.producers.Release(p)
	if !p.Known() {
		return producer.NotFound(key)
	}
	// A frame that has not come yet must not keep the batches small.
	if err := p.WaitDurable(ctx, sequence); err != nil {
		return err
	}
	defer a.hurry()()
	return p.WaitApplied(ctx, sequence)
}
