package duckdb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// Statistics sums samples up. Up to a number that follows from the memory
// limit, the percentiles are computed in memory and in the same pass; beyond
// it by sorting, in a second pass, which spills to the disk.
func (s *Store) Statistics(
	ctx context.Context, q core.GroupedRange, bucket time.Duration, limit int,
) (summed []core.StatisticsRow, err error) {
	if len(q.Series) == 0 || duckdb.SpanOf(q.Start, q.End).Empty() {
		return nil, nil
	}
	err = s.Read(ctx, "sum samples up", func(ctx context.Context, conn *engine.Conn) error {
		sum, err := newSummary(ctx, conn, q, bucket, limit)
		if err != nil {
			return err
		}
		summed, err = s.sumUp(ctx, conn, sum)
		return err
	})
	return summed, err
}

func (s *Store) sumUp(ctx context.Context, conn *engine.Conn, sum *summary) ([]core.StatisticsRow, error) {
	samples, err := engine.ReadNumber[int64](ctx, conn, "SELECT count(*) FROM "+sum.source)
	if err != nil || samples == 0 {
		return nil, err
	}
	if samples > s.percentileSamples {
		return sum.readSorted(ctx, conn)
	}
	if err := s.percentiles.Acquire(ctx, samples); err != nil {
		return nil, context.Cause(ctx)
	}
	defer s.percentiles.Release(samples)
	rows, err := sum.read(ctx, conn, plainMean, plainSpread, plainRanks)
	if engine.Is(err, engine.OutOfRange) || anyMeanNotFinite(rows) {
		return sum.readSorted(ctx, conn)
	}
	return rows, err
}

func anyMeanNotFinite(rows []core.StatisticsRow) bool {
	return slices.ContainsFunc(rows, func(row core.StatisticsRow) bool { return !isFinite(row.Mean) })
}

// summary is a query for statistics.
type summary struct {
	// source are the selected samples, and group and bucket expressions for
	// what they are put together by.
	source, group, bucket string
	limit                 int
}

func newSummary(
	ctx context.Context, conn *engine.Conn, q core.GroupedRange, bucket time.Duration, limit int,
) (*summary, error) {
	sum := &summary{group: "0::INTEGER", bucket: "0::BIGINT", limit: limit}
	groups := q.Groups
	if one, ok := onlyGroup(groups); ok {
		sum.group, groups = fmt.Sprintf("%d::INTEGER", one), nil
	}
	selected, err := selectSeries(ctx, conn, q.Series, groups)
	if err != nil {
		return nil, err
	}
	s := duckdb.SpanOf(q.Start, q.End)
	if bucket != 0 {
		sum.bucket = floorOf(bucket, s.First)
	}
	if groups == nil {
		sum.source = "samples WHERE " + selected.condition() + inSpan(s)
		return sum, nil
	}
	sum.group = `selected."group"`
	sum.source = "samples JOIN selected USING (series) WHERE " + selected.within() + inSpan(s)
	return sum, nil
}

// onlyGroup returns the group of all series, if they have the same.
func onlyGroup(groups []int32) (int32, bool) {
	for _, group := range groups {
		if group != groups[0] {
			return 0, false
		}
	}
	return groups[0], true
}

func (sum *summary) read(
	ctx context.Context, conn *engine.Conn, mean, spread, ranks string,
) ([]core.StatisticsRow, error) {
	rows, err := conn.Query(ctx, fmt.Sprintf(`
		SELECT g, b, count, low, high, mean, spread, first, last, ranks[1], ranks[2], ranks[3], ranks[4] FROM (
			SELECT %s AS g, %s AS b, count(*) AS count, min(value) AS low, max(value) AS high,
				%s AS mean, %s AS spread, min(ts) AS first, max(ts) AS last, %s AS ranks
			FROM %s GROUP BY g, b ORDER BY g, b LIMIT %d
		) ORDER BY g, b`, sum.group, sum.bucket, mean, spread, ranks, sum.source, sum.limit))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var summed []core.StatisticsRow
	for rows.Next() {
		summed = appendStatistics(summed, rows)
	}
	return summed, nil
}

func appendStatistics(summed []core.StatisticsRow, rows *engine.Rows) []core.StatisticsRow {
	groups := engine.Numbers[int32](rows, 0)
	integer := func(column int) []int64 { return engine.Numbers[int64](rows, column) }
	float := func(column int) []float64 { return engine.Numbers[float64](rows, column) }
	for i, group := range groups {
		summed = append(summed, core.StatisticsRow{
			Group: group, BucketStart: integer(1)[i], Count: integer(2)[i],
			Min: float(3)[i], Max: float(4)[i], Mean: float(5)[i], StandardDeviation: float(6)[i],
			FirstTimestamp: integer(7)[i], LastTimestamp: integer(8)[i],
			P50: float(9)[i], P90: float(10)[i], P95: float(11)[i], P99: float(12)[i],
		})
	}
	return summed
}
