package duckdb

import (
	"context"
	"slices"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// Extents tells what is stored of each series.
func (s *Store) Extents(ctx context.Context, series []core.SeriesID) ([]core.Extent, error) {
	if len(series) == 0 {
		return nil, nil
	}
	found := make(map[core.SeriesID]core.Extent, len(series))
	ascending := slices.Compact(slices.Sorted(slices.Values(series)))
	err := s.Read(ctx, "read the extents", func(ctx context.Context, conn *engine.Conn) error {
		clear(found)
		selected, err := selectSeries(ctx, conn, ascending, nil)
		if err != nil {
			return err
		}
		return readExtents(ctx, conn, selected, found)
	})
	if err != nil {
		return nil, err
	}
	extents := make([]core.Extent, len(series))
	for i, id := range series {
		extents[i] = found[id]
	}
	return extents, nil
}

func readExtents(
	ctx context.Context, conn *engine.Conn, selected selection, found map[core.SeriesID]core.Extent,
) error {
	rows, err := conn.Query(ctx,
		"SELECT series, count(*), min(ts), max(ts) FROM samples WHERE "+selected.condition()+" GROUP BY series")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		ids, counts := engine.Numbers[core.SeriesID](rows, 0), engine.Numbers[int64](rows, 1)
		firsts, lasts := engine.Numbers[int64](rows, 2), engine.Numbers[int64](rows, 3)
		for i, id := range ids {
			found[id] = core.Extent{Count: counts[i], First: firsts[i], Last: lasts[i]}
		}
	}
	return nil
}
