package producer

import (
	"context"
	"sync"

	"github.com/sluice-ingest/sluice/libs/journal"
)

// Log is the journal that frames are appended to.
type Log interface {
	// Durable returns the end of what is durable.
	Durable() journal.Position
	// Moved is closed when Durable next moves or the journal fails.
	Moved() <-chan struct{}
	// Wait returns when Durable has reached a position, or fails.
	Wait(ctx context.Context, upTo journal.Position) error
}

// Load reads what the store knows of a producer: nil when that is nothing.
type Load func(ctx context.Context, key Key) (*State, error)

// Producers are all producers of a server. Safe for concurrent use.
type Producers struct {
	log   Log
	load  Load
	meter Meter

	mu sync.Mutex
	// byKey, leaving and applied are guarded by mu.
	byKey map[Key]*Producer
	// leaving are the producers that nobody uses and the store lacks.
	leaving map[*Producer]struct{}
	applied journal.Position
}

// New returns the producers whose frames go to log. applied is how much of it
// the store has.
func New(log Log, load Load, applied journal.Position) *Producers {
	return &Producers{
		log: log, load: load, meter: noMeter{}, applied: applied,
		byKey: map[Key]*Producer{}, leaving: map[*Producer]struct{}{},
	}
}

// Acquire returns a producer, known or not, which the caller releases.
func (ps *Producers) Acquire(ctx context.Context, key Key) (*Producer, error) {
	p := ps.hold(key)
	if err := p.fetch(ctx); err != nil {
		ps.Release(p)
		return nil, err
	}
	return p, nil
}

func (ps *Producers) hold(key Key) *Producer {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	p := ps.byKey[key]
	if p == nil {
		p = &Producer{key: key, all: ps, now: State{Key: key}}
		ps.byKey[key] = p
	}
	p.holders++
	delete(ps.leaving, p)
	return p
}

// fetch asks the store, once.
func (p *Producer) fetch(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.loaded {
		return nil
	}
	state, err := p.all.load(ctx, p.key)
	if err != nil {
		return err
	}
	p.loaded = true
	if state == nil {
		return nil
	}
	p.known = true
	p.applied = state
	p.now = state.clone()
	p.durable = state.Sequence
	return nil
}

// Release gives a producer back.
func (ps *Producers) Release(p *Producer) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	p.holders--
	if p.holders == 0 {
		ps.leaving[p] = struct{}{}
		ps.dismiss(p)
	}
}

// dismiss forgets a producer that nobody uses, if the store has all of it. mu
// is held.
func (ps *Producers) dismiss(p *Producer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.end <= ps.applied {
		delete(ps.byKey, p.key)
		delete(ps.leaving, p)
	}
}

// Applied returns the state of a producer that the store has, or one without
// anything. The producer has a record that the store lacks.
func (ps *Producers) Applied(ctx context.Context, key Key) (State, error) {
	p, err := ps.Acquire(ctx, key)
	if err != nil {
		return State{}, err
	}
	defer ps.Release(p)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.applied == nil {
		return State{Key: key}, nil
	}
	return p.applied.clone(), nil
}

// Apply notes what the store has taken in: the journal up to a position, which
// brought some producers to the given states.
func (ps *Producers) Apply(upTo journal.Position, states []State) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.applied = upTo
	for i := range states {
		if p := ps.byKey[states[i].Key]; p != nil {
			p.apply(&states[i])
		}
	}
	for p := range ps.leaving {
		ps.dismiss(p)
	}
}

func (p *Producer) apply(state *State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.applied = state
	p.signal()
}

// Rollback forgets every frame after a position of the journal, whose streams
// then fail with cause.
func (ps *Producers) Rollback(durable journal.Position, cause error) {
	for _, p := range ps.all() {
		p.rollback(durable, cause)
	}
}

func (ps *Producers) all() []*Producer {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	all := make([]*Producer, 0, len(ps.byKey))
	for _, p := range ps.byKey {
		all = append(all, p)
	}
	return all
}
