package duckdb

import (
	"context"
	"fmt"
	"math"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
)

// Delete deletes the selected entries. Blocks that have none left are dropped;
// of the others the entries are only marked, and their bytes stay until tidying
// up. Repeated after a failure, it returns the same number, whatever became of
// the first attempt.
func (s *Store) Delete(
	ctx context.Context, tenant string, f *core.Filter, position journal.Position,
) (deleted int64, err error) {
	err = s.remove(ctx, "delete", func(ctx context.Context, conn *engine.Conn) (err error) {
		if last, count, err := lastDeletion(ctx, conn); err != nil || last == position {
			deleted = count
			return err
		}
		if deleted, err = s.deleteSelected(ctx, conn, tenant, f); err != nil {
			return err
		}
		return noteDeletion(ctx, conn, position, deleted)
	})
	return deleted, err
}

// Expire deletes entries from before a time. Repeated after a failure, it deletes
// what is left.
func (s *Store) Expire(ctx context.Context, tenant string, before int64) (expired int64, err error) {
	err = s.remove(ctx, "expire", func(ctx context.Context, conn *engine.Conn) (err error) {
		expired, err = s.deleteSelected(ctx, conn, tenant, &core.Filter{Start: math.MinInt64, End: before})
		return err
	})
	return expired, err
}

// remove makes a change that deletes entries, and tidies up after it.
func (s *Store) remove(ctx context.Context, doing string, work duckdb.Work) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	if err := s.db.Change(ctx, doing, 0, work); err != nil {
		return err
	}
	s.tidy(ctx)
	return nil
}

func (s *Store) deleteSelected(ctx context.Context, conn *engine.Conn, tenant string, f *core.Filter) (int64, error) {
	d := deletion{store: s, plan: newPlan(tenant, f)}
	err := d.run(ctx, conn)
	return d.count, err
}

func lastDeletion(ctx context.Context, conn *engine.Conn) (position journal.Position, count int64, err error) {
	rows, err := conn.Query(ctx, fmt.Sprintf("SELECT %s, %s FROM meta", deletionPosition, deletionCount))
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		position, count = journal.Position(engine.Numbers[int64](rows, 0)[0]), engine.Numbers[int64](rows, 1)[0]
	}
	return position, count, nil
}

func noteDeletion(ctx context.Context, conn *engine.Conn, position journal.Position, count int64) error {
	_, err := conn.Exec(ctx, fmt.Sprintf("UPDATE meta SET %s = %d, %s = %d", deletionPosition, position, deletionCount, count))
	if err != nil {
		return err
	}
	return duckdb.MoveTo(ctx, conn, position)
}

// deletion is a deletion at work.
type deletion struct {
	store *Store
	plan  *plan
	count int64
	// emptied are the blocks that have no entry left, changed those that have
	// other deleted entries than before.
	emptied, changed []header
}

func (d *deletion) run(ctx context.Context, conn *engine.Conn) error {
	blocks, err := newCandidates(ctx, conn, d.plan, " ORDER BY block")
	if err != nil {
		return err
	}
	window := d.store.maxWindow(conditionPieces(d.plan.filter))
	for {
		headers, err := blocks.next(ctx, conn, window)
		if err != nil {
			return err
		}
		if len(headers) == 0 {
			break
		}
		if err := d.look(ctx, conn, headers); err != nil {
			return err
		}
	}
	if err := deleteHeaders(conn, d.changed); err != nil {
		return err
	}
	if err := appendHeaders(conn, d.changed); err != nil {
		return err
	}
	return dropBlocks(ctx, conn, d.emptied)
}

// look finds out what is selected in blocks of one part.
func (d *deletion) look(ctx context.Context, conn *engine.Conn, headers []header) error {
	var open []header
	for i := range headers {
		if d.plan.selectsWhole(&headers[i]) {
			d.empty(&headers[i])
		} else {
			open = append(open, headers[i])
		}
	}
	readings := make([]reading, len(open))
	rows := make([][]int, len(open))
	err := d.store.eachReading(ctx, conn, open, conditionPieces(d.plan.filter), readings, func(i int) (err error) {
		rows[i], err = readings[i].selected(d.plan)
		return err
	})
	if err != nil {
		return err
	}
	for i := range open {
		d.mark(&open[i], rows[i])
	}
	return nil
}

func (d *deletion) empty(h *header) {
	d.count += h.live()
	d.emptied = append(d.emptied, *h)
}

// mark marks rows, of which none was deleted before.
func (d *deletion) mark(h *header, rows []int) {
	switch int64(len(rows)) {
	case 0:
	case h.live():
		d.empty(h)
	default:
		changed := *h
		changed.deleted = newBitmap(int(h.entries))
		copy(changed.deleted, h.deleted)
		for _, row := range rows {
			changed.deleted.set(row)
		}
		d.count += int64(len(rows))
		d.changed = append(d.changed, changed)
	}
}
