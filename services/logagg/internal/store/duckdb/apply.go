package duckdb

import (
	"context"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
)

// Apply takes a batch in; see [duckdb.Database.ApplyOnce].
func (s *Store) Apply(ctx context.Context, batch *core.Batch) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	chunks := chunksOf(batch.Rows)
	if err := s.encode(ctx, chunks); err != nil {
		return err
	}
	err := s.db.ApplyOnce(ctx, batch.Position, settledBy(batch), roomFor(chunks),
		func(ctx context.Context, conn *engine.Conn) error {
			if err := appendBlocks(ctx, conn, chunks); err != nil {
				return err
			}
			if len(batch.Rows) == 0 {
				return nil
			}
			return duckdb.RaiseCounter(ctx, conn, lastEntry, batch.Rows[len(batch.Rows)-1].ID)
		})
	if err == nil {
		s.tidy(ctx)
	}
	return err
}

func settledBy(batch *core.Batch) duckdb.Settled {
	return duckdb.Settled{Producers: batch.Producers, Arrived: batch.Arrived}
}

// roomFor is how much blocks take in the log, at most.
func roomFor(chunks []chunk) (room int64) {
	const headerRoom = 4096
	for i := range chunks {
		room += int64(chunks[i].block.Size()+len(chunks[i].tenant)) + headerRoom
	}
	return room
}
