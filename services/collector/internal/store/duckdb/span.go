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

// nothing is a span without any moment.
var nothing = span{first: 1, last: 0}

// spanOf is the span from start to before end, where an end of the largest
// int64 includes that moment.
func spanOf(start, end int64) span {
	switch end {
	case math.MaxInt64:
		return span{first: start, last: end}
	case math.MinInt64:
		return nothing
	default:
		return span{first: start, last: end - 1}
	}
}

func (s span) empty() bool { return s.first > s.last }

// condition is that a sample is in the span, to be added to others.
func (s span) condition() string {
	condition := ""
	// DuckDB looks at fewer conditions when an end excludes nothing.
	if s.first != math.MinInt64 {
		condition += " AND ts >= " + bigint(s.first)
	}
	if s.last != math.MaxInt64 {
		condition += " AND ts <= " + bigint(s.last)
	}
	return condition
}

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
	past := past(t, bucket)
	if t < math.MinInt64+past {
		return math.MinInt64
	}
	return t - past
}

// past is how long the bucket of a time has lasted by then.
func past(t int64, bucket time.Duration) int64 {
	past := t % int64(bucket)
	if past < 0 {
		past += int64(bucket)
	}
	return past
}

// floorOf is floor of the column ts, for rows not before first.
func floorOf(bucket time.Duration, first int64) string {
	if first >= 0 {
		return fmt.Sprintf("ts - ts %% %d", bucket)
	}
	past := fmt.Sprintf("(CASE WHEN ts %% %[1]d < 0 THEN ts %% %[1]d + %[1]d ELSE ts %% %[1]d END)", bucket)
	return fmt.Sprintf("(CASE WHEN ts < %[2]s + %[1]s THEN %[2]s ELSE ts - %[1]s END)", past, bigint(math.MinInt64))
}
