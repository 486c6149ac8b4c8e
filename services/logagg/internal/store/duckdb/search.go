package duckdb

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// How many blocks are read together for each thread: with their messages or
// fields, and without.
const (
	maxWindow = 4
	maxHeads  = 32
)

func (s *Store) maxWindow(pieces []piece) int {
	if len(pieces) == 1 {
		return maxHeads * s.options.Threads
	}
	return maxWindow * s.options.Threads
}

// Search returns one page of what is selected. It reads the blocks from one end
// of the time on, and stops when no other block can have an entry of the page.
func (s *Store) Search(ctx context.Context, q *core.Search) (found []entry.Entry, more bool, err error) {
	err = s.read(ctx, "search", func(ctx context.Context, conn *engine.Conn) error {
		p := &page{search: q}
		if err := s.search(ctx, conn, q, p); err != nil {
			return err
		}
		found, more = p.answer()
		return nil
	})
	return found, more, err
}

func (s *Store) search(ctx context.Context, conn *engine.Conn, q *core.Search, p *page) error {
	plan, order := planOf(q)
	blocks, err := newCandidates(ctx, conn, plan, order)
	if err != nil {
		return err
	}
	for window := 1; ; window = min(2*window, s.maxWindow(conditionPieces(plan.filter))) {
		headers, err := blocks.next(ctx, conn, window)
		if err != nil {
			return err
		}
		headers = slices.DeleteFunc(headers, func(h header) bool { return !p.needs(&h) })
		if len(headers) == 0 {
			return nil // Those after them are no nearer.
		}
		if err := s.searchWindow(ctx, conn, plan, p, headers); err != nil {
			return err
		}
	}
}

func planOf(q *core.Search) (*plan, string) {
	p := newPlan(q.Tenant, &q.Filter)
	order := " ORDER BY last DESC, last_id DESC, block DESC"
	if q.OldestFirst {
		order = " ORDER BY first, first_id, block"
	}
	switch {
	case q.After == nil:
	case q.OldestFirst:
		p.span.First = max(p.span.First, q.After.Timestamp)
		p.beyond = beyond("last", ">", q.After)
	default:
		p.span.Last = min(p.span.Last, q.After.Timestamp)
		p.beyond = beyond("first", "<", q.After)
	}
	return p, order
}

// beyond compares one end of the blocks with a place.
func beyond(end, operator string, place *core.Place) string {
	return fmt.Sprintf(" AND (%[1]s %[2]s %[3]s OR %[1]s = %[3]s AND %[1]s_id %[2]s %[4]s)",
		end, operator, duckdb.BigInt(place.Timestamp), duckdb.BigInt(place.ID))
}

// searchWindow reads blocks of one part, and adds what is found in them.
func (s *Store) searchWindow(
	ctx context.Context, conn *engine.Conn, plan *plan, p *page, headers []header,
) error {
	first := conditionPieces(plan.filter)
	readings := make([]reading, len(headers))
	rows := make([][]int, len(headers))
	err := s.eachReading(ctx, conn, headers, first, readings, func(i int) (err error) {
		if rows[i], err = readings[i].selected(plan); err == nil {
			rows[i], err = p.wanted(readings[i].heads, rows[i])
		}
		return err
	})
	if err != nil {
		return err
	}
	var with []header
	var withRows [][]int
	var withReadings []reading
	for i := range headers {
		if len(rows[i]) > 0 {
			with, withRows, withReadings = append(with, headers[i]), append(withRows, rows[i]), append(withReadings, readings[i])
		}
	}
	rest := without([]piece{messagesPiece, fieldsPiece}, first)
	found := make([][]entry.Entry, len(with))
	err = s.eachReading(ctx, conn, with, rest, withReadings, func(i int) (err error) {
		found[i], err = withReadings[i].entries(withRows[i])
		return err
	})
	for i := range found {
		p.add(found[i])
	}
	return err
}

func without(pieces, others []piece) []piece {
	return slices.DeleteFunc(pieces, func(p piece) bool { return slices.Contains(others, p) })
}

// eachReading gives pieces of blocks of one part to their readings, and calls
// each with every reading's place, as many at once as there are threads.
func (s *Store) eachReading(
	ctx context.Context, conn *engine.Conn, headers []header, pieces []piece, readings []reading, each func(i int) error,
) error {
	var group errgroup.Group
	group.SetLimit(s.options.Threads)
	work := func(i int, data [][]byte) {
		readings[i].codec, readings[i].header = s.codec, &headers[i]
		group.Go(func() error {
			for p := range pieces {
				if err := readings[i].take(pieces[p], data[p]); err != nil {
					return err
				}
			}
			return each(i)
		})
	}
	err := eachPieces(ctx, conn, headers, pieces, func(i int, data [][]byte) error {
		work(i, data)
		return context.Cause(ctx)
	})
	if groupErr := group.Wait(); groupErr != nil {
		return groupErr
	}
	return err
}

// read does work that reads, all of it on one state of the store.
func (s *Store) read(ctx context.Context, doing string, work func(ctx context.Context, conn *engine.Conn) error) error {
	return s.db.Read(ctx, doing, func(ctx context.Context, conn *engine.Conn) error {
		rollBack := func() { _, _ = conn.Exec(context.WithoutCancel(ctx), "ROLLBACK") }
		if _, err := conn.Exec(ctx, "BEGIN"); err != nil {
			// For want of memory an earlier ROLLBACK may have failed.
			rollBack()
			if _, err := conn.Exec(ctx, "BEGIN"); err != nil {
				return err
			}
		}
		defer rollBack()
		return work(ctx, conn)
	})
}
