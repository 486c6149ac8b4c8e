// Package query checks what the queries of all services have in common.
package query

import (
	"math"
	"time"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// The ends of a span that has none.
const (
	FromFirst = int64(math.MinInt64)
	ToLast    = int64(math.MaxInt64)
)

// StartOf returns the start of a span, which may be unset.
func StartOf(start *int64) int64 {
	if start == nil {
		return FromFirst
	}
	return *start
}

// EndOf returns the end of a span, which may be unset.
func EndOf(end *int64) int64 {
	if end == nil {
		return ToLast
	}
	return *end
}

// CheckSpan fails with reason FIELD_INVALID for a span without a moment in it.
// field is the end's, such as end_time.
func CheckSpan(field string, start, end int64) error {
	if start >= end {
		return problem.InField(problem.FieldInvalid, field, "is %d; must be after start_time, which is %d", end, start)
	}
	return nil
}

// minBucket is the shortest duration of a bucket.
const minBucket = time.Millisecond

// CheckBucket looks at the duration of a bucket; 0 stands for no buckets.
func CheckBucket(bucket time.Duration) error {
	if bucket != 0 && bucket < minBucket {
		return problem.InField(problem.FieldInvalid, "bucket_duration",
			"is %d; must be at least %d nanoseconds, or 0 for no buckets", bucket.Nanoseconds(), minBucket.Nanoseconds())
	}
	return nil
}
