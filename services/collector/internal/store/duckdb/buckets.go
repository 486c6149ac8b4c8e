package duckdb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// ReadBuckets returns the first buckets after a place. A bucket begins at a
// multiple of its duration; one that would begin before the smallest int64
// begins there.
func (s *Store) ReadBuckets(
	ctx context.Context, q core.Range, bucket time.Duration, after *core.SampleKey, limit int,
) ([]core.Bucket, error) {
	p := page{Range: q, bucket: bucket, after: after, limit: limit}
	if len(q.Series) == 0 || p.span().Empty() {
		return nil, nil
	}
	buckets, err := s.readBuckets(ctx, &p, plainMean)
	if err == nil && anyNotFinite(buckets) {
		return s.readBuckets(ctx, &p, scaledMean)
	}
	return buckets, err
}

func (s *Store) readBuckets(ctx context.Context, p *page, mean string) (buckets []core.Bucket, err error) {
	query := func(condition string, limit int) string {
		return fmt.Sprintf(`
			SELECT series, %s AS start, count(*), min(value), max(value), %s, arg_min(value, ts), arg_max(value, ts)
			FROM samples WHERE %s GROUP BY series, start ORDER BY start, series LIMIT %d`,
			floorOf(p.bucket, p.span().First), mean, condition, limit)
	}
	take := func(rows *engine.Rows) (int, int64) {
		for rows.Next() {
			buckets = appendBuckets(buckets, rows)
		}
		return len(buckets), 0
	}
	err = s.Read(ctx, "read buckets", func(ctx context.Context, conn *engine.Conn) error {
		buckets = buckets[:0]
		return p.read(ctx, conn, &s.density, query, take)
	})
	return buckets, err
}

func appendBuckets(buckets []core.Bucket, rows *engine.Rows) []core.Bucket {
	series, starts := engine.Numbers[core.SeriesID](rows, 0), engine.Numbers[int64](rows, 1)
	counts := engine.Numbers[int64](rows, 2)
	lows, highs := engine.Numbers[float64](rows, 3), engine.Numbers[float64](rows, 4)
	means := engine.Numbers[float64](rows, 5)
	firsts, lasts := engine.Numbers[float64](rows, 6), engine.Numbers[float64](rows, 7)
	for i := range series {
		buckets = append(buckets, core.Bucket{
			SampleKey: core.SampleKey{Time: starts[i], Series: series[i]},
			Count:     counts[i],
			Min:       lows[i], Max: highs[i], Mean: means[i], First: firsts[i], Last: lasts[i],
		})
	}
	return buckets
}

func anyNotFinite(buckets []core.Bucket) bool {
	return slices.ContainsFunc(buckets, func(b core.Bucket) bool { return !isFinite(b.Mean) })
}
