package duckdb

import (
	"context"
	"fmt"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
	"github.com/sluice-ingest/sluice/services/collector/internal/store/duckdb/internal/engine"
)

// Position returns how much of the journal the store has taken in.
func (s *Store) Position(ctx context.Context) (journal.Position, error) {
	position, err := s.lookUp(ctx, "read the position", readPosition)
	return journal.Position(position), err
}

// LastSeriesID returns the highest ID that the store has ever seen.
func (s *Store) LastSeriesID(ctx context.Context) (core.SeriesID, error) {
	id, err := s.lookUp(ctx, "read the last series", "SELECT last_series FROM meta")
	return core.SeriesID(id), err
}

const readPosition = "SELECT position FROM meta"

func (s *Store) lookUp(ctx context.Context, doing, query string) (number int64, err error) {
	err = s.read(ctx, doing, lookups, func(ctx context.Context, conn *engine.Conn) error {
		number, err = readNumber[int64](ctx, conn, query)
		return err
	})
	return number, err
}

func moveTo(ctx context.Context, conn *engine.Conn, position journal.Position) error {
	_, err := conn.Exec(ctx, fmt.Sprintf("UPDATE meta SET position = %d", position))
	return err
}
