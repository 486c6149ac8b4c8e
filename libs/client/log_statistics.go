package client

import (
	"context"
	"fmt"
	"time"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

// LogStatisticsQuery selects and groups entries. The zero value counts all of
// them as one group.
type LogStatisticsQuery struct {
	Filter LogFilter
	// ByLevel, ByApplication and ByCategory group by these.
	ByLevel, ByApplication, ByCategory bool
	// ByFields groups by the values of these fields, at most 4.
	ByFields []string
	// Bucket is the span of time of a bucket, at least 1 ms. 0: one span for all.
	// Buckets begin at multiples of it since 1970.
	Bucket time.Duration
	// WaitFor is what the query waits for.
	WaitFor WaitFor
}

// LogStatistics counts the entries of one group in one bucket. What the query
// does not group by is zero.
type LogStatistics struct {
	Level       Level
	Application string
	Category    string
	// FieldValues stand in the order of the query's ByFields. An entry without
	// the field has the empty value.
	FieldValues []string
	// Start of the bucket in UTC. Zero without buckets.
	Start time.Time
	// Count of entries, at least 1.
	Count int64
	// First and Last are the smallest and the largest time of the entries, in
	// UTC.
	First, Last time.Time
}

// LogStatistics returns a row for each group and bucket that has entries, in
// ascending order of level, application, category, field values and bucket. The
// server allows 10,000 rows. An error is an [Error]; the call is not tried
// again.
func (c *StreamingClient) LogStatistics(ctx context.Context, query LogStatisticsQuery) ([]LogStatistics, error) {
	answer, err := c.logs.GetLogStatistics(ctx, &logaggv1.GetLogStatisticsRequest{
		Filter: query.Filter.encoded(), ByLevel: query.ByLevel, ByApplication: query.ByApplication,
		ByCategory: query.ByCategory, ByFields: query.ByFields, BucketDuration: query.Bucket.Nanoseconds(),
		WaitFor: query.WaitFor.encoded(),
	})
	if err != nil {
		return nil, fmt.Errorf("log statistics: %w", c.callError(ctx, err))
	}
	rows := make([]LogStatistics, 0, len(answer.GetStatistics()))
	for _, row := range answer.GetStatistics() {
		rows = append(rows, newLogStatistics(row, query.Bucket > 0))
	}
	return rows, nil
}

func newLogStatistics(row *logaggv1.LogStatistics, bucketed bool) LogStatistics {
	s := LogStatistics{
		Level: Level(row.GetLevel()), Application: row.GetApplication(), Category: row.GetCategory(),
		FieldValues: row.GetFieldValues(), Count: row.GetCount(),
		First: fromUnixNano(row.GetFirstTimestamp()), Last: fromUnixNano(row.GetLastTimestamp()),
	}
	if bucketed {
		s.Start = fromUnixNano(row.GetStartTime())
	}
	return s
}
