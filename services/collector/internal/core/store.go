package core

import (
	"context"
	"time"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/quota"
)

// Store keeps what was applied, and answers queries. Apply, Delete and
// ForgetProducers are called by one goroutine; everything else is safe for
// concurrent use beside them. Errors that its users tell apart are those of
// libs/storage.
type Store interface {
	// Position returns how much of the journal the store has taken in: 0 when
	// it is new.
	Position(ctx context.Context) (journal.Position, error)

	// LastSeriesID returns the highest ID that the store has ever seen.
	LastSeriesID(ctx context.Context) (SeriesID, error)

	// EachSeries calls each with every series, in ascending order of the IDs,
	// and with the timestamp of its last sample.
	EachSeries(ctx context.Context, each func(s Series, last int64) error) error

	// Producer returns what is known of a producer, or nil.
	Producer(ctx context.Context, key producer.Key) (*producer.State, error)

	// Apply takes a batch in, all of it or nothing, and returns when that is
	// durable. It keeps no reference to the batch.
	Apply(ctx context.Context, batch *Batch) error

	// Delete deletes the samples of the series from start to before end, moves
	// the position, and returns their number and the series that have no sample
	// left and are forgotten; all in one transaction that is durable.
	Delete(ctx context.Context, series []SeriesID, start, end int64, position journal.Position) (Deleted, error)

	// Arrived returns what arrived on a day and after it, as far as the store has
	// taken it in, in no order.
	Arrived(ctx context.Context, since quota.Day) ([]quota.Arrived, error)

	// ForgetProducers forgets the producers whose last record is before the
	// given time, and the receipts from before the other.
	ForgetProducers(ctx context.Context, idleSince, receiptsBefore time.Time) (int, error)

	// ReadSamples returns the first samples after a place, in ascending order of
	// time and series, at most limit of them.
	ReadSamples(ctx context.Context, q Range, after *SampleKey, limit int) (Samples, error)

	// ReadBuckets is ReadSamples for buckets, which are ordered by their start
	// and series.
	ReadBuckets(ctx context.Context, q Range, bucket time.Duration, after *SampleKey, limit int) ([]Bucket, error)

	// Statistics sums samples up by group and bucket, in ascending order of
	// both, at most limit rows. A bucket of 0 means one span.
	Statistics(ctx context.Context, q GroupedRange, bucket time.Duration, limit int) ([]StatisticsRow, error)

	// Extents tells what is stored of each series, in the order given. A series
	// without samples has a count of 0.
	Extents(ctx context.Context, series []SeriesID) ([]Extent, error)

	// Checkpoint makes the store's files as small as they get.
	Checkpoint(ctx context.Context) error

	// Close closes the store.
	Close() error
}

// Deleted is what a deletion did.
type Deleted struct {
	Samples int64
	// Emptied series have no sample left.
	Emptied []SeriesID
}

// Range selects samples: those of the series from Start to before End, in Unix
// nanoseconds. An End of the largest int64 includes that moment.
type Range struct {
	// Series in ascending order.
	Series     []SeriesID
	Start, End int64
}

// SampleKey is the place of a sample or bucket in an answer.
type SampleKey struct {
	// Time is the sample's timestamp or the bucket's start.
	Time   int64
	Series SeriesID
}

// Bucket sums up the samples of one series in one span of time.
type Bucket struct {
	SampleKey

	Count          int64
	Min, Max, Mean float64
	First, Last    float64
}

// GroupedRange selects samples and puts each series into a group.
type GroupedRange struct {
	Range

	// Groups has the group of each series of Range.Series, from 0.
	Groups []int32
}

// StatisticsRow sums up one group in one bucket.
type StatisticsRow struct {
	Group       int32
	BucketStart int64

	Count              int64
	Min, Max, Mean     float64
	StandardDeviation  float64
	P50, P90, P95, P99 float64
	FirstTimestamp     int64
	LastTimestamp      int64
}

// Extent is what is stored of a series.
type Extent struct {
	Count       int64
	First, Last int64
}
