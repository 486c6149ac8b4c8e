package client

import (
	"time"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

// DataPoint is what one source measured at one moment. Its Timestamp is in
// nanoseconds since 1970.
type DataPoint = collectorv1.DataPoint

// Series names a sequence of samples: a source, a metric and tags. Its SeriesId
// is meant for one answer of the server only.
type Series = collectorv1.Series

// Sample is one stored value of a series.
type Sample struct {
	// Series is shared by the samples of one query. It must not be changed.
	Series *Series
	// Timestamp in nanoseconds since 1970.
	Timestamp int64
	Value     float64
}

// Time returns the timestamp in UTC.
func (s Sample) Time() time.Time { return time.Unix(0, s.Timestamp).UTC() }

// Bucket sums up the samples of one series in one span of time.
type Bucket struct {
	// Series is shared by the buckets of one query. It must not be changed.
	Series *Series
	// Start in nanoseconds since 1970.
	Start int64
	// Count of samples, at least 1.
	Count          int64
	Min, Max, Mean float64
	// First and Last are the values with the smallest and the largest timestamp.
	First, Last float64
}

// Time returns the start in UTC.
func (b Bucket) Time() time.Time { return time.Unix(0, b.Start).UTC() }
