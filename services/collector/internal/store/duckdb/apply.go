package duckdb

import (
	"context"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// Apply takes a batch in. After a failure nobody knows whether the batch is in
// the store. Applied again, it is not taken in twice; until then, a batch that
// goes further is refused if it is.
func (s *Store) Apply(ctx context.Context, batch *core.Batch) error {
	return s.ApplyOnce(ctx, batch.Position, settledBy(batch), roomFor(batch),
		func(ctx context.Context, conn *engine.Conn) error { return apply(ctx, conn, batch) })
}

func settledBy(batch *core.Batch) duckdb.Settled {
	return duckdb.Settled{Producers: batch.Producers, Arrived: batch.Arrived}
}

func apply(ctx context.Context, conn *engine.Conn, batch *core.Batch) error {
	if err := deleteReplaced(conn, batch); err != nil {
		return err
	}
	if err := appendSamples(conn, &batch.Samples); err != nil {
		return err
	}
	return appendSeries(ctx, conn, batch.Series)
}

func appendSamples(conn *engine.Conn, samples *core.Samples) error {
	if samples.Len() == 0 {
		return nil
	}
	return conn.Append("samples",
		engine.Uint32s(samples.Series), engine.Int64s(samples.Timestamps), engine.Float64s(samples.Values))
}

// deleteReplaced deletes the stored samples that late ones replace. DuckDB
// finds them by a hash join, and reads only the row groups whose timestamps
// overlap those of the late samples.
func deleteReplaced(conn *engine.Conn, batch *core.Batch) error {
	if len(batch.Late) == 0 {
		return nil
	}
	series := make([]core.SeriesID, len(batch.Late))
	timestamps := make([]int64, len(batch.Late))
	for i, index := range batch.Late {
		series[i], timestamps[i] = batch.Samples.Series[index], batch.Samples.Timestamps[index]
	}
	return conn.ExecWith(
		"DELETE FROM samples USING late WHERE samples.series = late.series AND samples.ts = late.ts",
		"late", []string{"series", "ts"}, engine.Uint32s(series), engine.Int64s(timestamps))
}
