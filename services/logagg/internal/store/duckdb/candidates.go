package duckdb

import (
	"context"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/services/logagg/internal/store/duckdb/internal/block"
)

// maxFilters is how many blocks' filters are looked at together.
const maxFilters = 64

// candidates are the blocks that may have selected entries, in an order. Their
// filters are looked at when it is their turn.
type candidates struct {
	plan *plan
	// headers are those whose filters were not looked at, and passed those that
	// come before them.
	headers, passed []header
}

func newCandidates(ctx context.Context, conn *engine.Conn, p *plan, order string) (*candidates, error) {
	if p.span.Empty() {
		return &candidates{plan: p}, nil
	}
	headers, err := readHeaders(ctx, conn, p.clause()+order, p.tenant)
	return &candidates{plan: p, headers: headers}, err
}

// next takes the next blocks, which are of one part and at most limit. It
// returns none when there are no more.
func (c *candidates) next(ctx context.Context, conn *engine.Conn, limit int) ([]header, error) {
	for len(c.passed) == 0 && len(c.headers) > 0 {
		if err := c.look(ctx, conn); err != nil {
			return nil, err
		}
	}
	run := c.passed[:runOf(c.passed, limit)]
	c.passed = c.passed[len(run):]
	return run, nil
}

// runOf is how many of the first headers are of the same part, at most limit.
func runOf(headers []header, limit int) int {
	count := 0
	for count < min(limit, len(headers)) && headers[count].part == headers[0].part {
		count++
	}
	return count
}

// look looks at the filters of the next blocks.
func (c *candidates) look(ctx context.Context, conn *engine.Conn) error {
	run := c.headers[:runOf(c.headers, maxFilters)]
	c.headers = c.headers[len(run):]
	pieces, hashes := c.plan.filters()
	if len(pieces) == 0 {
		c.passed = run
		return nil
	}
	may := make([]bool, len(run))
	err := eachPieces(ctx, conn, run, pieces, func(i int, filters [][]byte) error {
		may[i] = true
		for f := range filters {
			may[i] = may[i] && block.MayHold(filters[f], hashes[f])
		}
		return nil
	})
	for i := range run {
		if may[i] {
			c.passed = append(c.passed, run[i])
		}
	}
	return err
}
