package core

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

// Selection says what a query is about: the samples of the tenant's series that
// all the matchers match, from Start to before End.
type Selection struct {
	Tenant   string
	Matchers []Matcher
	// Start in Unix nanoseconds, or FromFirst.
	Start int64
	// End in Unix nanoseconds, or ToLast.
	End int64
	// Wait is what the query waits for first; nil for nothing.
	Wait *Wait
}

func (s *Selection) check() error {
	if err := checkSpan(s.Start, s.End); err != nil {
		return err
	}
	return s.Wait.check()
}

// span is the range of the selection over some of its series.
func (s *Selection) span(series []SeriesID) Range {
	return Range{Series: series, Start: s.Start, End: s.End}
}

func checkSpan(start, end int64) error {
	if start >= end {
		return problem.InField(problem.FieldInvalid, "end_time", "is %d; must be after start_time, which is %d", end, start)
	}
	return nil
}

// minBucket is the shortest duration of a bucket.
const minBucket = time.Millisecond

// checkBucket looks at the duration of a bucket; 0 stands for no buckets.
func checkBucket(bucket time.Duration) error {
	if bucket != 0 && bucket < minBucket {
		return problem.InField(problem.FieldInvalid, "bucket_duration",
			"is %d; must be at least %d nanoseconds, or 0 for no buckets", bucket.Nanoseconds(), minBucket.Nanoseconds())
	}
	return nil
}
