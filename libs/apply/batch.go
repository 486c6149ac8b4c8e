package apply

import (
	"time"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/quota"
)

// batch is what the applier knows of the target's batch, and the change that
// ends it.
type batch struct {
	// end is where the last record ends that was added, in this batch or before.
	end    journal.Position
	states map[producer.Key]*producer.State
	// tally is what arrived with the batch.
	tally quota.Tally
	// producers are the states as they are handed to the target, and arrived is
	// the tally.
	producers []producer.State
	arrived   []quota.Arrived
	// given tells that the batch was handed to the target's store, which may have
	// it: nothing more may be added.
	given bool
	// change ends the batch, and is done after it; or nil.
	change *pendingChange

	records int
	bytes   int
	dueAt   time.Time
}

// pendingChange is a change that has to be settled before anything else is
// applied.
type pendingChange struct {
	do Change
	// position is the store's after the change.
	position journal.Position
	// settled is told once how many rows that concerned.
	settled func(rows int64)
}

func newBatch(end journal.Position) batch {
	return batch{end: end, states: map[producer.Key]*producer.State{}}
}

func (b *batch) empty() bool { return b.records == 0 && b.change == nil }

// closed tells whether nothing may be added any more, however small the batch
// is.
func (b *batch) closed() bool { return b.given || b.change != nil }

// count notes a record of so many bytes.
func (b *batch) count(bytes int, interval time.Duration) {
	if b.records == 0 {
		b.dueAt = time.Now().Add(interval)
	}
	b.records++
	b.bytes += bytes
}

// give makes producers and arrived what they are after the batch, the same when
// it is called again.
func (b *batch) give() {
	if b.given {
		return
	}
	b.given = true
	b.arrived = b.tally.All()
	b.producers = make([]producer.State, 0, len(b.states)) // Those before are others' now.
	for _, state := range b.states {
		b.producers = append(b.producers, *state)
	}
}

// reset empties the batch for what comes next.
func (b *batch) reset() {
	clear(b.states)
	b.tally.Reset()
	b.producers, b.arrived, b.change, b.given = nil, nil, nil, false
	b.records, b.bytes = 0, 0
}
