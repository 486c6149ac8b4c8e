package duckdb

import (
	"cmp"
	"slices"

	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/store/duckdb/internal/block"
)

// page are the first entries of an answer, of those that were found so far. It
// has one entry more than it may, which tells that there are more.
type page struct {
	search *core.Search
	found  []entry.Entry
	// full is true when nothing after the last entry is wanted.
	full bool
}

// compare compares two places in the order of the answer.
func compare(s *core.Search, a, b core.Place) int {
	order := cmp.Or(cmp.Compare(a.Timestamp, b.Timestamp), cmp.Compare(a.ID, b.ID))
	if s.OldestFirst {
		return order
	}
	return -order
}

func placeOf(e *entry.Entry) core.Place { return core.Place{Timestamp: e.Timestamp, ID: e.ID} }

// add adds entries, and drops what has no room any more.
func (p *page) add(entries []entry.Entry) {
	p.found = append(p.found, entries...)
	slices.SortFunc(p.found, func(a, b entry.Entry) int { return compare(p.search, placeOf(&a), placeOf(&b)) })
	kept := p.fitting() + 1
	p.full = kept <= len(p.found)
	if p.full {
		clear(p.found[kept:])
		p.found = p.found[:kept]
	}
}

// fitting is how many of the entries make up the page.
func (p *page) fitting() int {
	count, bytes := 0, int64(0)
	for count < min(len(p.found), p.search.Limit) {
		bytes += sizeOf(&p.found[count])
		if count > 0 && bytes > int64(p.search.Bytes) {
			break
		}
		count++
	}
	return count
}

// needs tells whether a block may have an entry of the page.
func (p *page) needs(h *header) bool {
	if !p.full {
		return true
	}
	nearest := h.last
	if p.search.OldestFirst {
		nearest = h.first
	}
	return compare(p.search, nearest, placeOf(&p.found[len(p.found)-1])) <= 0
}

// answer returns the page, and whether there is more.
func (p *page) answer() ([]entry.Entry, bool) {
	if p.full {
		return p.found[:len(p.found)-1], true
	}
	return p.found, false
}

// wanted are those of a block's rows that may be on the page, as far as the
// block tells: they are after the place where the page begins, and not more
// than fit.
func (p *page) wanted(heads *block.Heads, rows []int) ([]int, error) {
	if after := p.search.After; after != nil {
		ids, err := heads.IDs()
		if err != nil {
			return nil, err
		}
		rows = slices.DeleteFunc(rows, func(row int) bool {
			return compare(p.search, core.Place{Timestamp: heads.Timestamps[row], ID: ids[row]}, *after) <= 0
		})
	}
	over := max(len(rows)-p.search.Limit-1, 0)
	if p.search.OldestFirst {
		return rows[:len(rows)-over], nil
	}
	return rows[over:], nil
}
