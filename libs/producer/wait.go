package producer

import "context"

// WaitApplied returns when the store has a frame, or when ctx is done.
func (p *Producer) WaitApplied(ctx context.Context, sequence int64) error {
	for {
		changed, _ := p.Changed()
		if p.Position().Applied >= sequence {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
