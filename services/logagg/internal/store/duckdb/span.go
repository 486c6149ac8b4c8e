package duckdb

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// span is a span of time in Unix nanoseconds, both ends included.
type span struct {
	first, last int64
}

// spanOf is the span from start to before end, where an end of the largest
// int64 includes that moment.
func spanOf(start, end int64) span {
	switch end {
	case math.MaxInt64:
		return span{first: start, last: end}
	case math.MinInt64:
		return span{first: 1, last: 0}
	default:
		return span{first: start, last: end - 1}
	}
}

func (s span) empty() bool { return s.first > s.last }

// bigint writes a number as DuckDB reads it: without its sign, the smallest one
// is no BIGINT.
func bigint(n int64) string {
	if n == math.MinInt64 {
		return fmt.Sprintf("(%d - 1)", n+1)
	}
	return strconv.FormatInt(n, 10)
}

// floor is the largest multiple of the duration that is not after the time, and
// the smallest int64 where that is too small for an int64.
func floor(t int64, bucket time.Duration) int64 {
	past := t % int64(bucket)
	if past < 0 {
		past += int64(bucket)
	}
	if t < math.MinInt64+past {
		return math.MinInt64
	}
	return t - past
}
