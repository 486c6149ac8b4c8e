package duckdb

import (
	"fmt"
	"math"
	"strings"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/store/duckdb/internal/block"
)

// plan is how the selected entries of a tenant are found.
type plan struct {
	tenant string
	filter *core.Filter
	// span is the filter's, and what a place leaves of it.
	span duckdb.Span
	// levels has the bits of [block.Block] that a block must have one of.
	levels int64
	// beyond selects the blocks that go on beyond the place where a page begins;
	// empty for all.
	beyond string
	// pairs and words are hashes that a block's filters must have.
	pairs, words []uint64
}

func newPlan(tenant string, f *core.Filter) *plan {
	p := &plan{tenant: tenant, filter: f, span: duckdb.SpanOf(f.Start, f.End), levels: levelsOf(f)}
	for i := range f.Fields {
		m := &f.Fields[i]
		// An empty value is also that of an entry without the field.
		if m.Pattern == nil && !m.Negated && m.Value != "" {
			p.pairs = append(p.pairs, block.PairHash(m.Name, m.Value))
		}
	}
	for i := range f.Texts {
		if !f.Texts[i].Negated {
			p.words = append(p.words, block.WordHashes(f.Texts[i].Text)...)
		}
	}
	return p
}

// levelsOf are the bits of the levels that a filter selects. Those that are not
// on the scale are looked at one by one.
func levelsOf(f *core.Filter) int64 {
	if f.Minimum == entry.Unspecified {
		return -1
	}
	levels := block.LevelBit(-1)
	for level := entry.Level(0); level <= entry.Fatal; level++ {
		if f.MatchLevel(level) {
			levels |= block.LevelBit(level)
		}
	}
	return levels
}

// clause selects the headers of the blocks that may have selected entries. Its
// only argument is the tenant.
func (p *plan) clause() string {
	var clause strings.Builder
	clause.WriteString("WHERE tenant = ?")
	if p.span.First != math.MinInt64 {
		clause.WriteString(" AND last >= " + duckdb.BigInt(p.span.First))
	}
	if p.span.Last != math.MaxInt64 {
		clause.WriteString(" AND first <= " + duckdb.BigInt(p.span.Last))
	}
	if p.levels != -1 {
		fmt.Fprintf(&clause, " AND (levels & %d) <> 0", p.levels)
	}
	clause.WriteString(p.beyond)
	return clause.String()
}

// filters are the pieces that rule blocks out.
func (p *plan) filters() (pieces []piece, hashes [][]uint64) {
	if len(p.pairs) > 0 {
		pieces, hashes = append(pieces, pairsPiece), append(hashes, p.pairs)
	}
	if len(p.words) > 0 {
		pieces, hashes = append(pieces, wordsPiece), append(hashes, p.words)
	}
	return pieces, hashes
}

// selectsWhole tells whether all entries of a block are selected, for all that
// its header says.
func (p *plan) selectsWhole(h *header) bool {
	f := p.filter
	return p.span.First <= h.first.Timestamp && p.span.Last >= h.last.Timestamp && f.Minimum == entry.Unspecified &&
		f.Granted.Unlimited() && len(f.Applications) == 0 && len(f.Categories) == 0 && len(f.Fields) == 0 && len(f.Texts) == 0
}
