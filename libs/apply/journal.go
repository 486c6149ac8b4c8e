package apply

import (
	"context"

	"github.com/sluice-ingest/sluice/libs/journal"
)

// Journal is the durable log that is applied. Safe for concurrent use.
type Journal interface {
	// Append adds one record, the parts one after the other, and returns where it
	// ends. It does not wait until the record is durable.
	Append(ctx context.Context, parts ...[]byte) (journal.Position, error)
	// Durable returns the end of what is durable.
	Durable() journal.Position
	// Moved is closed when Durable next moves, or when the journal fails.
	Moved() <-chan struct{}
	// Wait returns when Durable has reached a position, or fails.
	Wait(ctx context.Context, upTo journal.Position) error
	// Reader reads durable records from a position on.
	Reader(from journal.Position) (*journal.Reader, error)
	// Trim gives up what is before a position.
	Trim(upTo journal.Position) error
}
