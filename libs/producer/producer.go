package producer

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// Producer is one producer. Any number of goroutines may ask it; one at a time,
// the handler of the stream that carries it, may change it.
type Producer struct {
	key Key
	all *Producers

	// holders is guarded by all.mu.
	holders int

	mu sync.Mutex
	// loaded tells that the store was asked.
	loaded bool
	// known tells that the producer has a state, if only an epoch.
	known bool
	// now is the state after the last record appended. Its Counts are changed
	// in place.
	now State
	// end is where the last record ends.
	end journal.Position
	// durable is the sequence of the last frame known to be durable.
	durable int64
	marks   marks
	// applied is the state that the store has, or nil.
	applied *State
	// failed says why frames were lost that had been received.
	failed error
	// onFailure is called with failed, or nil.
	onFailure func(error)
	// changed is closed when the producer changes, and made when somebody asks.
	changed chan struct{}
}

// Position tells how far a producer has come, as sequences of frames.
type Position struct {
	Epoch                      int64
	Received, Durable, Applied int64
}

// Position returns the position now.
func (p *Producer) Position() Position {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settle()
	position := Position{Epoch: p.now.Epoch, Received: p.now.Sequence, Durable: p.durable}
	if p.applied != nil {
		position.Applied = p.applied.Sequence
	}
	return position
}

// Known tells whether the producer has ever opened a stream or sent a frame.
func (p *Producer) Known() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.known
}

// Changed returns channels of which one is closed when the position may have
// moved: the producer's own, and that of the log, or nil while no frame waits
// for it. Ask for them before the position.
func (p *Producer) Changed() (own, log <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settle()
	if p.changed == nil {
		p.changed = make(chan struct{})
	}
	if len(p.marks.waiting()) > 0 {
		log = p.all.log.Moved()
	}
	return p.changed, log
}

// CheckEpoch fails with reason FENCED for an epoch that a newer one has ended.
func (p *Producer) CheckEpoch(epoch int64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.checkEpoch(epoch)
}

func (p *Producer) checkEpoch(epoch int64) error {
	if p.known && epoch < p.now.Epoch {
		return problem.New(problem.Fenced, "epoch %d of this producer has ended, since epoch %d has begun", epoch, p.now.Epoch)
	}
	return nil
}

// Begin begins a stream of the epoch. For a new epoch it calls write, which
// appends a record of that, and returns once the record is durable. Older
// epochs are fenced from the append on, even when ctx ends before.
func (p *Producer) Begin(ctx context.Context, epoch int64, write func() (journal.Position, error)) error {
	end, err := p.tryBegin(epoch, write)
	if err != nil || end == 0 {
		return err
	}
	return p.all.log.Wait(ctx, end)
}

// OnFailure has call be told when frames are lost that the stream has brought:
// the stream then can't go on. call must not block; nil takes it back.
func (p *Producer) OnFailure(call func(cause error)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.onFailure = call
}

// tryBegin begins a stream of the epoch, and returns where its record ends if
// it needed one.
func (p *Producer) tryBegin(epoch int64, write func() (journal.Position, error)) (end journal.Position, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.checkEpoch(epoch); err != nil {
		return 0, err
	}
	p.failed = nil
	if p.known && epoch == p.now.Epoch {
		return 0, nil
	}
	return p.record(write, func() {
		p.known = true
		p.now.Epoch = epoch
		p.now.Counts = map[int32]int64{}
	})
}

// record appends a record that is no frame, and changes the state by it. mu is
// held.
func (p *Producer) record(write func() (journal.Position, error), change func()) (journal.Position, error) {
	end, err := write()
	if err != nil {
		return 0, err
	}
	old := &before{known: p.known, state: p.now.clone()}
	p.mark(mark{sequence: p.now.Sequence, end: end, before: old})
	change()
	p.signal()
	return end, nil
}

// mark notes a record that was appended. mu is held.
func (p *Producer) mark(m mark) {
	p.settle()
	if len(p.marks.waiting()) == 0 {
		p.signal()
	}
	p.end = m.end
	p.marks.push(m)
}

// BeginUnrecorded begins the only stream of a producer that was named just now.
func (p *Producer) BeginUnrecorded() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known, p.failed = true, nil
}

// Admit tells whether a frame is new: true for the next one, false for a repeat.
// It fails with reason SEQUENCE_GAP for one behind the next, with
// PRODUCER_EXPIRED when none is known before it, and with the reason of a
// failure that lost frames received before it.
func (p *Producer) Admit(sequence int64) (fresh bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch next := p.now.Sequence + 1; {
	case p.failed != nil:
		return false, p.failed
	case sequence == next:
		return true, nil
	case sequence < next:
		return false, nil
	case p.now.Sequence == 0:
		return false, problem.InField(problem.ProducerExpired, "sequence",
			"the frame has sequence %d, but no frame of this producer is known; begin with 1 under a new producer_id", sequence)
	default:
		return false, problem.InField(problem.SequenceGap, "sequence", "the frame has sequence %d, expected was %d", sequence, next)
	}
}

// Append appends the next frame with write, which returns where its record
// ends. The producer keeps counts. When the meter refuses the items, nothing is
// written.
func (p *Producer) Append(at time.Time, counts []Count, write func() (journal.Position, error)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed != nil {
		return p.failed
	}
	items := Taken(counts)
	if err := p.all.meter.Take(p.key.Tenant, at, items); err != nil {
		return err
	}
	end, err := write()
	if err != nil {
		p.all.meter.GiveBack(p.key.Tenant, at, items)
		return err
	}
	p.now.advance(p.now.Sequence+1, at, counts)
	p.mark(mark{sequence: p.now.Sequence, end: end, at: at, counts: counts})
	return nil
}

// Settle waits until every frame appended is durable.
func (p *Producer) Settle(ctx context.Context) error {
	p.mu.Lock()
	end, failed := p.end, p.failed
	p.mu.Unlock()
	if failed != nil {
		return failed
	}
	return p.all.log.Wait(ctx, end)
}

// Snapshot returns the state after the last record appended.
func (p *Producer) Snapshot() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now.clone()
}

// KeepReceipt keeps the answer to the producer's stream. write appends its
// record, and KeepReceipt returns once that is durable. When ctx ends before,
// the answer is kept all the same.
func (p *Producer) KeepReceipt(ctx context.Context, receipt *Receipt, write func() (journal.Position, error)) error {
	end, err := p.tryKeep(receipt, write)
	if err != nil {
		return err
	}
	return p.all.log.Wait(ctx, end)
}

func (p *Producer) tryKeep(receipt *Receipt, write func() (journal.Position, error)) (journal.Position, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed != nil {
		return 0, p.failed
	}
	return p.record(write, func() { p.now.Receipt = receipt })
}

// settle notes what has become durable.
func (p *Producer) settle() { p.settleAt(p.all.log.Durable()) }

func (p *Producer) settleAt(durable journal.Position) {
	p.durable = p.marks.settle(durable, p.durable)
}

// rollback forgets the records after a position of the journal.
func (p *Producer) rollback(durable journal.Position, cause error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settleAt(durable)
	lost := p.marks.waiting()
	if len(lost) == 0 {
		return
	}
	for _, m := range slices.Backward(lost) {
		p.undo(&m)
	}
	p.now.Sequence = p.durable
	p.end = min(p.end, durable)
	p.failed = cause
	p.marks.clear()
	p.signal()
	if p.onFailure != nil {
		p.onFailure(cause)
	}
}

func (p *Producer) undo(m *mark) {
	if m.before != nil {
		p.known, p.now = m.before.known, m.before.state
		return
	}
	p.all.meter.GiveBack(p.key.Tenant, m.at, Taken(m.counts))
	for _, c := range m.counts {
		p.now.Counts[c.Outcome] -= c.Items
	}
}

// signal wakes those who wait for a change.
func (p *Producer) signal() {
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}

func (s *State) advance(sequence int64, at time.Time, counts []Count) {
	s.Sequence = sequence
	s.Time = at
	if s.Counts == nil {
		s.Counts = map[int32]int64{}
	}
	for _, c := range counts {
		s.Counts[c.Outcome] += c.Items
	}
}

func (s *State) clone() State {
	c := *s
	c.Counts = maps.Clone(s.Counts)
	return c
}
