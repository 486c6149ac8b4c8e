package apply

import (
	"context"
	"fmt"
	"time"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
)

// flush applies the batch, trying until it is done or ctx is.
func (a *Applier) flush(ctx context.Context) {
	for ctx.Err() == nil {
		err := a.apply(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		a.config.Observe.Failed(err)
		pause(ctx, a.config.RetryInterval)
	}
}

// apply brings the batch, and the change that ended it, into the store.
func (a *Applier) apply(ctx context.Context) error {
	if err := a.applyRows(ctx); err != nil {
		return fmt.Errorf("apply a batch: %w", err)
	}
	if err := a.applyChange(ctx); err != nil {
		return err
	}
	a.batch.reset()
	a.target.Reset()
	a.trim()
	a.settled.advance(max(a.read, a.Position()))
	return nil
}

func (a *Applier) applyRows(ctx context.Context) error {
	began := time.Now()
	a.batch.give()
	if a.batch.end <= a.Position() {
		return nil
	}
	if err := a.target.Apply(ctx, a.batch.end, a.batch.producers, a.batch.arrived); err != nil {
		return err
	}
	a.moveTo(a.batch.end, a.batch.producers)
	a.config.Observe.Applied(a.target.Len(), time.Since(began))
	return nil
}

func (a *Applier) applyChange(ctx context.Context) error {
	c := a.batch.change
	if c == nil {
		return nil
	}
	rows, err := c.do(ctx, c.position)
	if err != nil {
		return err
	}
	a.moveTo(c.position, nil)
	c.settled(rows)
	return nil
}

// moveTo notes what the store has taken in.
func (a *Applier) moveTo(position journal.Position, states []producer.State) {
	a.position.Store(int64(position))
	a.producers.Apply(position, states)
}

func (a *Applier) trim() {
	if err := a.journal.Trim(a.Position()); err != nil {
		a.config.Observe.Failed(fmt.Errorf("trim the journal: %w", err))
	}
}

// Flush brings everything that is durable by now into the store at once, and
// returns when queries see it. It fails only with the cause of ctx: while the
// store fails, it waits.
func (a *Applier) Flush(ctx context.Context) error {
	upTo := a.journal.Durable()
	defer a.hurry()()
	return a.settled.wait(ctx, upTo)
}
