package duckdb

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// noRanks stands for percentiles that are computed by themselves.
const noRanks = "[0.0, 0.0, 0.0, 0.0]"

// percents are the percentiles of a row, in its order.
var percents = [4]float64{0.5, 0.9, 0.95, 0.99}

type groupBucket struct {
	group  int32
	bucket int64
}

// neighbours are, for each percentile, the values on either side of it.
type neighbours [len(percents)][2]float64

// readSorted reads the statistics of any number of samples with values of any
// size, with the percentiles in a pass of their own.
func (sum *summary) readSorted(ctx context.Context, conn *engine.Conn) ([]core.StatisticsRow, error) {
	rows, err := sum.read(ctx, conn, scaledMean, scaledSpread, noRanks)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	near, err := sum.readNeighbours(ctx, conn, &rows[len(rows)-1])
	if err != nil {
		return nil, err
	}
	for i := range rows {
		row := &rows[i]
		n := near[groupBucket{row.Group, row.BucketStart}]
		row.P50, row.P90 = n.percentile(0, row.Count), n.percentile(1, row.Count)
		row.P95, row.P99 = n.percentile(2, row.Count), n.percentile(3, row.Count)
	}
	return rows, nil
}

// readNeighbours sorts the values of each group and bucket up to the last row.
func (sum *summary) readNeighbours(
	ctx context.Context, conn *engine.Conn, last *core.StatisticsRow,
) (map[groupBucket]*neighbours, error) {
	wanted := make([]string, len(percents))
	for i, p := range percents {
		wanted[i] = fmt.Sprintf("rank - 1 - floor((count - 1) * %g::DOUBLE) IN (0, 1)", p)
	}
	rows, err := conn.Query(ctx, fmt.Sprintf(`
		SELECT g, b, count, rank, value FROM (
			SELECT g, b, value, count(*) OVER (PARTITION BY g, b) AS count,
				row_number() OVER (PARTITION BY g, b ORDER BY value) AS rank
			FROM (SELECT %s AS g, %s AS b, value FROM %s)
			WHERE g < %d OR (g = %[4]d AND b <= %s)
		) WHERE %s`,
		sum.group, sum.bucket, sum.source, last.Group, duckdb.BigInt(last.BucketStart), strings.Join(wanted, " OR ")))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	near := map[groupBucket]*neighbours{}
	for rows.Next() {
		groups, buckets := engine.Numbers[int32](rows, 0), engine.Numbers[int64](rows, 1)
		counts, ranks := engine.Numbers[int64](rows, 2), engine.Numbers[int64](rows, 3)
		values := engine.Numbers[float64](rows, 4)
		for i := range groups {
			key := groupBucket{groups[i], buckets[i]}
			if near[key] == nil {
				near[key] = &neighbours{}
			}
			near[key].note(counts[i], ranks[i]-1, values[i])
		}
	}
	return near, nil
}

// note takes the value in, which stands at a place among so many, from 0.
func (n *neighbours) note(count, place int64, value float64) {
	for i, p := range percents {
		side := place - int64(float64(count-1)*p)
		if side == 0 || side == 1 {
			n[i][side] = value
		}
	}
}

// percentile interpolates between the two values, as DuckDB's quantile_cont
// does.
func (n *neighbours) percentile(i int, count int64) float64 {
	_, part := math.Modf(float64(count-1) * percents[i])
	low, high := n[i][0], n[i][1]
	if part == 0 {
		return low
	}
	if between := high - low; isFinite(between) {
		return low + between*part
	}
	return low*(1-part) + high*part
}
