package duckdb

import (
	"math"
	"slices"
	"unsafe"

	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/store/duckdb/internal/block"
)

// reading is a block that is being read. Its pieces are given to it in turn.
type reading struct {
	codec    *block.Codec
	header   *header
	heads    *block.Heads
	messages *block.Messages
	fields   *block.Fields
}

// take takes a piece.
func (r *reading) take(piece piece, data []byte) (err error) {
	switch piece {
	case pairsPiece, wordsPiece: // They are looked at before.
	case headsPiece:
		r.heads, err = block.ReadHeads(data)
		if err == nil && int64(r.heads.Len()) != r.header.entries {
			err = block.ErrDamaged
		}
	case messagesPiece:
		r.messages, err = block.ReadMessages(data, r.codec, int(r.header.entries))
	case fieldsPiece:
		r.fields, err = block.ReadFields(data, r.codec, int(r.header.entries))
	}
	return err
}

// conditionPieces are those that a filter's conditions need.
func conditionPieces(f *core.Filter) []piece {
	pieces := []piece{headsPiece}
	if len(f.Texts) > 0 {
		pieces = append(pieces, messagesPiece)
	}
	if len(f.Fields) > 0 {
		pieces = append(pieces, fieldsPiece)
	}
	return pieces
}

// selected returns the rows that a plan selects, in their order, without the
// deleted ones.
func (r *reading) selected(p *plan) ([]int, error) {
	rows := r.selectedHeads(p)
	rows, err := r.selectedFields(rows, p.filter.Fields)
	if err != nil {
		return nil, err
	}
	return r.selectedMessages(rows, p.filter.Texts), nil
}

func (r *reading) selectedHeads(p *plan) []int {
	h, f := r.heads, p.filter
	applications := chosen(&h.Applications, f.MatchApplication)
	categories := chosen(&h.Categories, f.MatchCategory)
	rows := make([]int, 0, h.Len())
	for row, timestamp := range h.Timestamps {
		if timestamp >= p.span.First && timestamp <= p.span.Last && f.MatchLevel(h.Level(row)) &&
			applications[h.Applications.Number(row)] && categories[h.Categories.Number(row)] && !r.header.deleted.has(row) {
			rows = append(rows, row)
		}
	}
	return rows
}

// chosen tells of each value of a dictionary whether a condition selects it.
func chosen(d *block.Dictionary, selects func(string) bool) []bool {
	is := make([]bool, len(d.Values))
	for i, value := range d.Values {
		is[i] = selects(value)
	}
	return is
}

func (r *reading) selectedFields(rows []int, matchers []core.FieldMatcher) ([]int, error) {
	if len(matchers) == 0 {
		return rows, nil
	}
	wanted := func(name string) bool {
		return slices.ContainsFunc(matchers, func(m core.FieldMatcher) bool { return m.Name == name })
	}
	var e entry.Entry
	return keep(rows, func(row int) (bool, error) {
		var err error
		if e.Fields, err = r.fields.Append(e.Fields[:0], row, wanted); err != nil {
			return false, err
		}
		for i := range matchers {
			if !matchers[i].Matches(e.Field(matchers[i].Name)) {
				return false, nil
			}
		}
		return true, nil
	})
}

func (r *reading) selectedMessages(rows []int, matchers []core.TextMatcher) []int {
	if len(matchers) == 0 {
		return rows
	}
	var text []byte
	rows, _ = keep(rows, func(row int) (bool, error) {
		text = r.messages.Append(text[:0], row)
		message := unsafe.String(unsafe.SliceData(text), len(text)) //nolint:gosec // nobody keeps it
		for i := range matchers {
			if !matchers[i].Match(message) {
				return false, nil
			}
		}
		return true, nil
	})
	return rows
}

// keep keeps the rows for which is says so, in place.
func keep(rows []int, is func(row int) (bool, error)) ([]int, error) {
	kept := rows[:0]
	for _, row := range rows {
		ok, err := is(row)
		if err != nil {
			return nil, err
		}
		if ok {
			kept = append(kept, row)
		}
	}
	return kept, nil
}

// entries returns the entries of rows, which ascend. All pieces were taken.
func (r *reading) entries(rows []int) ([]entry.Entry, error) {
	if _, err := r.heads.IDs(); err != nil {
		return nil, err
	}
	r.messages.Rewind()
	r.fields.Rewind()
	found := make([]entry.Entry, 0, len(rows))
	var text []byte
	for _, row := range rows {
		e := r.heads.Entry(row)
		text = r.messages.Append(text[:0], row)
		e.Message = string(text)
		var err error
		if e.Fields, err = r.fields.Append(nil, row, nil); err != nil {
			return nil, err
		}
		found = append(found, e)
	}
	return found, nil
}

// allRows are the numbers of all entries that were not deleted.
func (r *reading) allRows() []int {
	f := core.Filter{Start: math.MinInt64, End: math.MaxInt64}
	return r.selectedHeads(newPlan("", &f))
}
