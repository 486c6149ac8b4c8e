package duckdb

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/sluice-ingest/sluice/libs/storage"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// groupBytes is about what a group takes beside its texts.
const groupBytes = 400

// groupKey is what entries are put together by. fields has the values, each
// after its length.
type groupKey struct {
	level                         entry.Level
	application, category, fields string
	bucket                        int64
}

// groups are the groups of a count. They are safe for concurrent use.
type groups struct {
	query *core.Count
	// room is how many more bytes the groups may take; guarded by mu.
	room int64
	mu   sync.Mutex
	rows map[groupKey]*core.CountRow
}

func newGroups(q *core.Count, room int64) *groups {
	return &groups{query: q, room: room, rows: map[groupKey]*core.CountRow{}}
}

// addBlock adds rows of a block.
func (g *groups) addBlock(r *reading, rows []int) error {
	c := newCells(g.query, r)
	for _, row := range rows {
		if err := c.add(row); err != nil {
			return err
		}
	}
	return g.add(c.rows())
}

func (g *groups) add(of map[groupKey]*core.CountRow) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for key, counted := range of {
		sum := g.rows[key]
		if sum == nil {
			g.room -= groupBytes + 2*int64(len(key.application)+len(key.category)+len(key.fields))
			if g.room < 0 {
				return fmt.Errorf("%w: there are more than %d groups", storage.ErrQueryTooLarge, len(g.rows))
			}
			g.rows[key] = counted
			continue
		}
		sum.Count += counted.Count
		sum.First, sum.Last = min(sum.First, counted.First), max(sum.Last, counted.Last)
	}
	return nil
}

// sorted returns the first groups.
func (g *groups) sorted(limit int) []core.CountRow {
	rows := make([]core.CountRow, 0, len(g.rows))
	for key, row := range g.rows {
		row.Level, row.Application, row.Category, row.BucketStart = key.level, key.application, key.category, key.bucket
		row.FieldValues = splitValues(key.fields)
		rows = append(rows, *row)
	}
	slices.SortFunc(rows, func(a, b core.CountRow) int {
		return cmp.Or(
			cmp.Compare(a.Level, b.Level), strings.Compare(a.Application, b.Application),
			strings.Compare(a.Category, b.Category), slices.Compare(a.FieldValues, b.FieldValues),
			cmp.Compare(a.BucketStart, b.BucketStart))
	})
	return rows[:min(limit, len(rows))]
}
