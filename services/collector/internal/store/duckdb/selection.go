package duckdb

import (
	"context"
	"fmt"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// selection is how a query finds its series: as a range of IDs, or in the
// connection's table `selected`.
type selection struct {
	first, last core.SeriesID
	listed      bool
}

// selectSeries prepares a selection of series, which ascend and are at least
// one. With groups, the table has the group of each.
func selectSeries(
	ctx context.Context, conn *engine.Conn, series []core.SeriesID, groups []int32,
) (selection, error) {
	s := selection{first: series[0], last: series[len(series)-1]}
	if groups == nil && int(s.last-s.first) == len(series)-1 {
		return s, nil
	}
	s.listed = true
	if groups == nil {
		groups = make([]int32, len(series))
	}
	const create = `CREATE OR REPLACE TEMP TABLE selected ("series" UINTEGER NOT NULL, "group" INTEGER NOT NULL)`
	if _, err := conn.Exec(ctx, create); err != nil {
		return s, err
	}
	return s, conn.Append("selected", engine.Uint32s(series), engine.Int32s(groups))
}

// condition is that a sample is of one of the series. The range comes first:
// with it DuckDB skips row groups.
func (s selection) condition() string {
	if !s.listed {
		return s.within()
	}
	return s.within() + " AND series IN (SELECT selected.series FROM selected)"
}

// within is the condition that a sample's series is in the range of IDs.
func (s selection) within() string {
	return fmt.Sprintf("series BETWEEN %d AND %d", s.first, s.last)
}
