package core

import (
	"context"
	"time"

	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/query"
)

// SamplesQuery asks for samples, or for buckets of them.
type SamplesQuery struct {
	Selection

	// Bucket is the duration of a bucket; 0 for raw samples.
	Bucket time.Duration
	// Limit is the largest number of samples or buckets; 0 for no limit.
	Limit int64
}

func (s *SamplesQuery) check() error {
	if err := query.CheckBucket(s.Bucket); err != nil {
		return err
	}
	if s.Limit < 0 {
		return problem.InField(problem.FieldInvalid, "limit", "is %d; must be positive, or 0 for no limit", s.Limit)
	}
	return s.Selection.check()
}

// SampleSink takes an answer in, in ascending order of time and series. An error
// of its methods ends the query and is the query's.
type SampleSink interface {
	// Define comes before the first sample or bucket of a series.
	Define(s Series) error
	// Sample is called for each sample of a query without buckets.
	Sample(key SampleKey, value float64) error
	// Bucket is called for each bucket of a query with buckets. The sink copies
	// what it keeps.
	Bucket(b *Bucket) error
}

// Samples hands the answer to sink. It holds one page of it in memory, beside
// the numbers of the selected series. Series that are deleted meanwhile are left
// out from then on.
func (q *Queries) Samples(ctx context.Context, wanted *SamplesQuery, sink SampleSink) error {
	if err := wanted.check(); err != nil {
		return err
	}
	series, err := q.resolve(ctx, &wanted.Selection)
	if err != nil || len(series) == 0 {
		return err
	}
	p := newPager(q, wanted, series, sink)
	return p.run(ctx)
}
