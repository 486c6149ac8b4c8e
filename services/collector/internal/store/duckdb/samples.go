package duckdb

import (
	"context"
	"fmt"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// ReadSamples returns the first samples after a place.
func (s *Store) ReadSamples(
	ctx context.Context, q core.Range, after *core.SampleKey, limit int,
) (samples core.Samples, err error) {
	p := page{Range: q, after: after, limit: limit}
	if len(q.Series) == 0 || p.span().Empty() {
		return samples, nil
	}
	query := func(condition string, limit int) string {
		return fmt.Sprintf("SELECT series, ts, value FROM samples WHERE %s ORDER BY ts, series LIMIT %d", condition, limit)
	}
	take := func(rows *engine.Rows) (int, int64) {
		for rows.Next() {
			samples.Series = append(samples.Series, engine.Numbers[core.SeriesID](rows, 0)...)
			samples.Timestamps = append(samples.Timestamps, engine.Numbers[int64](rows, 1)...)
			samples.Values = append(samples.Values, engine.Numbers[float64](rows, 2)...)
		}
		if samples.Len() == 0 {
			return 0, 0
		}
		return samples.Len(), samples.Timestamps[samples.Len()-1]
	}
	err = s.Read(ctx, "read samples", func(ctx context.Context, conn *engine.Conn) error {
		samples = core.Samples{}
		return p.read(ctx, conn, &s.density, query, take)
	})
	return samples, err
}
