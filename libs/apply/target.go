package apply

import (
	"context"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/quota"
	"github.com/sluice-ingest/sluice/libs/record"
)

// Target is what a service's journal is applied to. It holds one batch, which is
// empty at first. One goroutine calls it.
type Target interface {
	FrameReader

	// Add adds an accepted frame, whose record ends at end, to the batch, or fails
	// and changes nothing. It keeps no reference to its arguments, whose memory is
	// used again.
	Add(h *record.Header, frame []byte, end journal.Position) (Frame, error)

	// Len is the number of rows in the batch.
	Len() int

	// Apply brings the batch into the store, with the producers as they stand
	// after it, what arrived with it, and the position at which it ends: all or
	// nothing, and durable when it returns. After a failure, which may have happened behind the
	// commit, it is called again with the same before anything else is added.
	// The batch may have no rows. Apply keeps no reference to producers
	// and arrived.
	Apply(ctx context.Context, upTo journal.Position, producers []producer.State, arrived []quota.Arrived) error

	// Reset empties the batch for what comes next.
	Reset()

	// Deletion reads a journaled deletion, whose memory is used again. It does
	// not delete yet.
	Deletion(h *record.Header, deletion []byte) (Change, error)
}

// FrameReader knows a service's frames.
type FrameReader interface {
	// Read returns what an accepted frame tells of its producer.
	Read(frame []byte) (Frame, error)
}

// Frame is what an accepted frame tells of its producer.
type Frame struct {
	Sequence int64
	// Counts of its items by outcome. They are read before the next frame is,
	// which may use their memory.
	Counts []producer.Count
}

// Change changes what the store holds, moves its position, and returns how many
// rows that concerned; all of it or nothing, and durable when it returns.
//
// It is called while nothing is under way, and once the store has all that
// stands before it in the journal. After a failure, which may have happened
// behind the commit, it is called again before anything else is applied: until
// it has succeeded, nobody knows what the store holds.
// Its errors say what it did.
type Change func(ctx context.Context, position journal.Position) (int64, error)
