package duckdb

import (
	"context"
	"fmt"

	"github.com/sluice-ingest/sluice/services/collector/internal/core"
	"github.com/sluice-ingest/sluice/services/collector/internal/store/duckdb/internal/engine"
)

// Apply takes a batch in. After a failure nobody knows whether the batch is in
// the store. Applied again, it is not taken in twice; until then, a batch that
// goes further is refused if it is.
func (s *Store) Apply(ctx context.Context, batch *core.Batch) error {
	stored := false
	err := s.transact(ctx, "apply", roomFor(batch), func(ctx context.Context, conn *engine.Conn) (err error) {
		if stored, err = s.isStored(ctx, conn, batch); err != nil || stored {
			return err
		}
		return apply(ctx, conn, batch)
	})
	if err == nil && stored {
		// Its first commit may not have been synced.
		err = s.Checkpoint(ctx)
	}
	switch {
	case err == nil:
		s.doubt = 0
	case s.doubt == 0:
		s.doubt = batch.Position
	}
	return err
}

// isStored tells whether the batch is the one whose commit failed, and is in the
// store nevertheless.
func (s *Store) isStored(ctx context.Context, conn *engine.Conn, batch *core.Batch) (bool, error) {
	if s.doubt == 0 {
		return false, nil
	}
	position, err := readNumber[int64](ctx, conn, readPosition)
	switch {
	case err != nil:
		return false, err
	case position != int64(s.doubt):
		return false, nil
	case batch.Position != s.doubt:
		return false, fmt.Errorf("the journal up to %d is in the store: go on from there", position)
	default:
		return true, nil
	}
}

func apply(ctx context.Context, conn *engine.Conn, batch *core.Batch) error {
	if err := deleteReplaced(conn, batch); err != nil {
		return err
	}
	if err := appendSamples(conn, &batch.Samples); err != nil {
		return err
	}
	if err := appendSeries(ctx, conn, batch.Series); err != nil {
		return err
	}
	if err := putProducers(conn, batch.Producers); err != nil {
		return err
	}
	return moveTo(ctx, conn, batch.Position)
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
