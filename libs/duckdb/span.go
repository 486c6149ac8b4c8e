package duckdb

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Span is a span of time in Unix nanoseconds, both ends included.
type Span struct {
	First, Last int64
}

// SpanOf is the span from start to before end, where an end of the largest
// int64 includes that moment.
func SpanOf(start, end int64) Span {
	switch end {
	case math.MaxInt64:
		return Span{First: start, Last: end}
	case math.MinInt64:
		return Span{First: 1, Last: 0}
	default:
		return Span{First: start, Last: end - 1}
	}
}

// Empty tells whether no moment is in the span.
func (s Span) Empty() bool { return s.First > s.Last }

// BigInt writes a number as DuckDB reads it: without its sign, the smallest one
// is no BIGINT.
func BigInt(n int64) string {
	if n == math.MinInt64 {
		return fmt.Sprintf("(%d - 1)", n+1)
	}
	return strconv.FormatInt(n, 10)
}

// Floor is the start of the bucket of a time: the largest multiple of the
// duration that is not after it, and the smallest int64 where that is too small
// for an int64.
func Floor(t int64, bucket time.Duration) int64 {
	past := Past(t, bucket)
	if t < math.MinInt64+past {
		return math.MinInt64
	}
	return t - past
}

// Past is how long the bucket of a time has lasted by then.
func Past(t int64, bucket time.Duration) int64 {
	past := t % int64(bucket)
	if past < 0 {
		past += int64(bucket)
	}
	return past
}
