package producer

import (
	"context"
	"time"

	"github.com/sluice-ingest/sluice/libs/journal"
)

// Record is what a record of the journal says of a producer.
type Record struct {
	Key   Key
	Epoch int64
	Time  time.Time
	// Sequence and Counts are those of a frame; 0 and none otherwise.
	Sequence int64
	Counts   []Count
	// Receipt is that of a stream, or nil. Its Sequence is the producer's.
	Receipt *Receipt
	// End is where the record ends.
	End journal.Position
}

// Take brings a state past a record.
func (s *State) Take(r *Record) {
	if r.Epoch != s.Epoch {
		s.Epoch = r.Epoch
		s.Counts = nil
	}
	sequence := s.Sequence
	if r.Sequence > 0 {
		sequence = r.Sequence
	}
	s.advance(sequence, r.Time, r.Counts)
	if r.Receipt != nil {
		s.Receipt = &Receipt{Sequence: s.Sequence, Time: r.Receipt.Time, Answer: r.Receipt.Answer}
	}
}

// Recover takes in a durable record that the store lacks. It is called for all
// of them, in the order of the journal, before anything else.
func (ps *Producers) Recover(ctx context.Context, r *Record) error {
	p, err := ps.Acquire(ctx, r.Key)
	if err != nil {
		return err
	}
	defer ps.Release(p)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known = true
	p.now.Take(r)
	p.durable = p.now.Sequence
	p.end = r.End
	ps.meter.Recover(r.Key.Tenant, r.Time, Taken(r.Counts))
	return nil
}
