package apply

import (
	"context"
	"sync"

	"github.com/sluice-ingest/sluice/libs/journal"
)

// progress is the position up to which the journal needs nothing more. It may be
// behind the last record, where there is damage. Safe for concurrent use.
type progress struct {
	mu sync.Mutex
	// at and moved are guarded by mu. moved is closed when at moves, and made
	// when somebody waits.
	at    journal.Position
	moved chan struct{}
}

// advance never goes back.
func (p *progress) advance(to journal.Position) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if to <= p.at {
		return
	}
	p.at = to
	if p.moved != nil {
		close(p.moved)
		p.moved = nil
	}
}

func (p *progress) wait(ctx context.Context, upTo journal.Position) error {
	for {
		moved := p.reached(upTo)
		if moved == nil {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// reached returns nil if it is, or what is closed when it may be.
func (p *progress) reached(upTo journal.Position) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at >= upTo {
		return nil
	}
	if p.moved == nil {
		p.moved = make(chan struct{})
	}
	return p.moved
}
