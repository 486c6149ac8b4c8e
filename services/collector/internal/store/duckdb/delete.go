package duckdb

import (
	"context"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// Delete deletes samples of some series. Repeated after a failure it reports
// the same series as emptied, whatever became of the first attempt.
func (s *Store) Delete(
	ctx context.Context, series []core.SeriesID, start, end int64, position journal.Position,
) (core.Deleted, error) {
	var deleted core.Deleted
	err := s.Change(ctx, "delete", 0, func(ctx context.Context, conn *engine.Conn) error {
		deleted = core.Deleted{}
		if err := deleteSamples(ctx, conn, series, duckdb.SpanOf(start, end), &deleted); err != nil {
			return err
		}
		return duckdb.MoveTo(ctx, conn, position)
	})
	return deleted, err
}

func deleteSamples(
	ctx context.Context, conn *engine.Conn, series []core.SeriesID, s duckdb.Span, deleted *core.Deleted,
) error {
	if len(series) == 0 {
		return nil
	}
	selected, err := selectSeries(ctx, conn, series, nil)
	if err != nil {
		return err
	}
	if deleted.Samples, err = conn.Exec(ctx, "DELETE FROM samples WHERE "+selected.condition()+inSpan(s)); err != nil {
		return err
	}
	left, err := readIDs(ctx, conn, "SELECT DISTINCT series FROM samples WHERE "+selected.condition()+" ORDER BY series")
	if err != nil {
		return err
	}
	deleted.Emptied = without(series, left)
	if len(deleted.Emptied) == 0 {
		return nil
	}
	return conn.ExecWith("DELETE FROM series USING emptied WHERE series.id = emptied.id",
		"emptied", []string{"id"}, engine.Uint32s(deleted.Emptied))
}

// without returns those of the series that are not in others. Both ascend.
func without(series, others []core.SeriesID) []core.SeriesID {
	var rest []core.SeriesID
	for _, id := range series {
		for len(others) > 0 && others[0] < id {
			others = others[1:]
		}
		if len(others) == 0 || others[0] != id {
			rest = append(rest, id)
		}
	}
	return rest
}

func readIDs(ctx context.Context, conn *engine.Conn, query string) ([]core.SeriesID, error) {
	rows, err := conn.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []core.SeriesID
	for rows.Next() {
		ids = append(ids, engine.Numbers[core.SeriesID](rows, 0)...)
	}
	return ids, nil
}
