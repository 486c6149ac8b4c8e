package producer

import "context"

// WaitDurable returns when a frame is durable, or when ctx is done.
func (p *Producer) WaitDurable(ctx context.Context, sequence int64) error {
	return p.wait(ctx, func(now Position) bool { return now.Durable >= sequence })
}

// WaitApplied returns when the store has a frame, or when ctx is done.
func (p *Producer) WaitApplied(ctx context.Context, sequence int64) error {
	return p.wait(ctx, func(now Position) bool { return now.Applied >= sequence })
}

func (p *Producer) wait(ctx context.Context, reached func(Position) bool) error {
	for {
		own, log := p.Changed()
		if reached(p.Position()) {
			return nil
		}
		select {
		case <-own:
		case <-log:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
