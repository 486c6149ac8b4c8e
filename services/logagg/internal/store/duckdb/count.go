package duckdb

import (
	"context"
	"slices"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
)

// Count counts what is selected by group and bucket. It holds all groups, at
// most as many as a quarter of the memory limit has room for.
func (s *Store) Count(ctx context.Context, q *core.Count, limit int) (counted []core.CountRow, err error) {
	err = s.read(ctx, "count", func(ctx context.Context, conn *engine.Conn) error {
		groups := newGroups(q, s.options.MemoryLimit/4)
		if err := s.count(ctx, conn, q, groups); err != nil {
			return err
		}
		counted = groups.sorted(limit)
		return nil
	})
	return counted, err
}

func (s *Store) count(ctx context.Context, conn *engine.Conn, q *core.Count, groups *groups) error {
	plan := newPlan(q.Tenant, &q.Filter)
	blocks, err := newCandidates(ctx, conn, plan, " ORDER BY block")
	if err != nil {
		return err
	}
	pieces := conditionPieces(plan.filter)
	if len(q.ByFields) > 0 && !slices.Contains(pieces, fieldsPiece) {
		pieces = append(pieces, fieldsPiece)
	}
	for {
		headers, err := blocks.next(ctx, conn, s.maxWindow(pieces))
		if err != nil || len(headers) == 0 {
			return err
		}
		readings := make([]reading, len(headers))
		err = s.eachReading(ctx, conn, headers, pieces, readings, func(i int) error {
			rows, err := readings[i].selected(plan)
			if err != nil {
				return err
			}
			return groups.addBlock(&readings[i], rows)
		})
		if err != nil {
			return err
		}
	}
}
