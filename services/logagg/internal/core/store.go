package core

import (
	"context"
	"time"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/quota"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// Store keeps what was applied, and answers searches. Apply, Delete,
// Expire and ForgetProducers are called by one goroutine; everything else is safe for
// concurrent use beside them. Errors that its users tell apart are those of
// libs/storage.
type Store interface {
	// Position returns how much of the journal the store has taken in: 0 when
	// it is new.
	Position(ctx context.Context) (journal.Position, error)

	// LastEntryID returns the highest ID that the store has ever seen.
	LastEntryID(ctx context.Context) (int64, error)

	// Producer returns what is known of a producer, or nil.
	Producer(ctx context.Context, key producer.Key) (*producer.State, error)

	// Apply takes a batch in, all of it or nothing, and returns when that is
	// durable. It keeps no reference to the batch.
	Apply(ctx context.Context, batch *Batch) error

	// Delete deletes the selected entries of the tenant, moves the position to
	// where the deletion stands in the journal, and returns their number; all in
	// one transaction that is durable. Repeated after a failure, with the same
	// position, it returns the same number.
	Delete(ctx context.Context, tenant string, f *Filter, position journal.Position) (int64, error)

	// Expire deletes the tenant's entries from before a time in Unix nanoseconds,
	// durably, and returns their number. It is in no journal, and leaves the
	// position alone.
	Expire(ctx context.Context, tenant string, before int64) (int64, error)

	// Arrived returns what arrived on a day and after it, as far as the store has
	// taken it in, in no order.
	Arrived(ctx context.Context, since quota.Day) ([]quota.Arrived, error)

	// ForgetProducers forgets the producers whose last record is before the
	// given time, and the receipts from before the other.
	ForgetProducers(ctx context.Context, idleSince, receiptsBefore time.Time) (int, error)

	// Tenants returns those that have entries.
	Tenants(ctx context.Context) ([]string, error)

	// Search returns one page of what is selected, and whether more may follow
	// it.
	Search(ctx context.Context, s *Search) (found []entry.Entry, more bool, err error)

	// Count counts what is selected by group and bucket, in ascending order of
	// level, application, category, field values and bucket, at most limit rows.
	Count(ctx context.Context, c *Count, limit int) ([]CountRow, error)

	// Checkpoint makes the store's files as small as they get.
	Checkpoint(ctx context.Context) error

	// Close closes the store.
	Close() error
}

// Search selects one page of a tenant's entries.
type Search struct {
	Tenant string
	Filter Filter
	// OldestFirst is the order: ascending by timestamp and ID; otherwise
	// descending by both.
	OldestFirst bool
	// After is the place after which the page begins. Nil: at the beginning.
	After *Place
	// Limit is the largest number of entries, and Bytes about how large their
	// texts may be together; a page of one entry may be larger. Both are at least
	// 1, and the page ends with whichever is reached first: a page that is not
	// the last has at least one entry.
	Limit, Bytes int
}

// Place is the place of an entry in an answer.
type Place struct {
	Timestamp, ID int64
}

// Count selects and groups a tenant's entries.
type Count struct {
	Tenant                             string
	Filter                             Filter
	ByLevel, ByApplication, ByCategory bool
	// ByFields are names of fields.
	ByFields []string
	// Bucket is the duration of a bucket, which begin at multiples of it since
	// 1970. 0: one span for all.
	Bucket time.Duration
}

// CountRow counts one group in one bucket. What the query does not group by is
// zero.
type CountRow struct {
	Level                 entry.Level
	Application, Category string
	// FieldValues in the order of Count.ByFields.
	FieldValues []string
	// BucketStart in Unix nanoseconds; 0 without buckets.
	BucketStart int64

	Count int64
	// First and Last are the smallest and the largest timestamp.
	First, Last int64
}
