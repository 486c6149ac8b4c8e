package core

import (
	"context"
	"time"

	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/query"
	"github.com/sluice-ingest/sluice/libs/storage"
)

// maxStatisticsRows is the largest number of rows in an answer.
const maxStatisticsRows = 10_000

// StatisticsQuery asks for samples summed up by group and bucket.
type StatisticsQuery struct {
	Selection
	Grouping

	// Bucket is the duration of a bucket; 0 for one span.
	Bucket time.Duration
}

func (s *StatisticsQuery) check() error {
	if err := query.CheckBucket(s.Bucket); err != nil {
		return err
	}
	if err := s.Grouping.check(); err != nil {
		return err
	}
	return s.Selection.check()
}

// GroupStatistics sums up one group in one bucket.
type GroupStatistics struct {
	GroupKey
	StatisticsRow

	// Rate in samples a second: with buckets the count over the bucket's
	// duration, else the count less one over the time from the first sample to
	// the last, and 0 where that is no time.
	Rate float64
}

// Statistics returns the rows in ascending order of source, metric, values of
// the tags and bucket.
func (q *Queries) Statistics(ctx context.Context, wanted *StatisticsQuery) ([]GroupStatistics, error) {
	if err := wanted.check(); err != nil {
		return nil, err
	}
	series, err := q.resolve(ctx, &wanted.Selection)
	if err != nil || len(series) == 0 {
		return nil, err
	}
	groups := wanted.group(q.index, series)
	if len(groups.series) == 0 {
		return nil, nil
	}
	span := GroupedRange{Range: wanted.span(groups.series), Groups: groups.of}
	// One more than the limit shows whether there are too many.
	rows, err := q.store.Statistics(ctx, span, wanted.Bucket, maxStatisticsRows+1)
	if err != nil {
		return nil, storage.QueryFailure(ctx, err)
	}
	if len(rows) > maxStatisticsRows {
		return nil, problem.New(problem.QueryTooLarge,
			"the answer has more than %d rows; group by less, take larger buckets or select a shorter time", maxStatisticsRows)
	}
	return wanted.name(rows, groups.keys), nil
}

func (s *StatisticsQuery) name(rows []StatisticsRow, keys []GroupKey) []GroupStatistics {
	named := make([]GroupStatistics, len(rows))
	for i, row := range rows {
		named[i] = GroupStatistics{GroupKey: keys[row.Group], StatisticsRow: row, Rate: rate(&row, s.Bucket)}
	}
	return named
}

func rate(row *StatisticsRow, bucket time.Duration) float64 {
	if bucket != 0 {
		return float64(row.Count) / bucket.Seconds()
	}
	span := time.Duration(row.LastTimestamp - row.FirstTimestamp)
	if span == 0 {
		return 0
	}
	return float64(row.Count-1) / span.Seconds()
}
