package duckdb

import (
	"fmt"
	"math"
	"time"

	"github.com/sluice-ingest/sluice/libs/duckdb"
)

// nothing is a span without any moment.
var nothing = duckdb.Span{First: 1, Last: 0}

// inSpan is the condition that a sample is in the span, to be added to others.
func inSpan(s duckdb.Span) string {
	condition := ""
	// DuckDB looks at fewer conditions when an end excludes nothing.
	if s.First != math.MinInt64 {
		condition += " AND ts >= " + duckdb.BigInt(s.First)
	}
	if s.Last != math.MaxInt64 {
		condition += " AND ts <= " + duckdb.BigInt(s.Last)
	}
	return condition
}

// floorOf is [duckdb.Floor] of the column ts, for rows not before first.
func floorOf(bucket time.Duration, first int64) string {
	if first >= 0 {
		return fmt.Sprintf("ts - ts %% %d", bucket)
	}
	past := fmt.Sprintf("(CASE WHEN ts %% %[1]d < 0 THEN ts %% %[1]d + %[1]d ELSE ts %% %[1]d END)", bucket)
	return fmt.Sprintf("(CASE WHEN ts < %[2]s + %[1]s THEN %[2]s ELSE ts - %[1]s END)",
		past, duckdb.BigInt(math.MinInt64))
}
