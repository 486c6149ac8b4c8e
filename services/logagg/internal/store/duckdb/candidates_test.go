package duckdb

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/store/duckdb/internal/block"
)

// Lines without times of their own all get that of the batch they came with.
func TestAPageOfEqualTimestampsBeginsAtItsBlock(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "logs.duckdb"), duckdb.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	const blocks = 3
	for b := range int64(blocks) {
		rows := make([]core.Row, block.MaxRows)
		for i := range rows {
			rows[i] = core.Row{Tenant: "acme", Entry: entry.Entry{ID: b*block.MaxRows + int64(i) + 1, Timestamp: 7, Message: "same"}}
		}
		require.NoError(t, s.Apply(t.Context(), &core.Batch{Position: journal.Position(b + 1), Rows: rows}))
	}
	for name, c := range map[string]struct {
		oldestFirst bool
		after       *core.Place
		want        []int64
	}{
		"newest, from the beginning": {false, nil, []int64{3, 2, 1}},
		"newest, in the second":      {false, &core.Place{Timestamp: 7, ID: block.MaxRows + 9}, []int64{2, 1}},
		"newest, after the second":   {false, &core.Place{Timestamp: 7, ID: block.MaxRows + 1}, []int64{1}},
		"oldest, from the beginning": {true, nil, []int64{1, 2, 3}},
		"oldest, in the second":      {true, &core.Place{Timestamp: 7, ID: block.MaxRows + 9}, []int64{2, 3}},
		"oldest, after the second":   {true, &core.Place{Timestamp: 7, ID: 2 * block.MaxRows}, []int64{3}},
	} {
		t.Run(name, func(t *testing.T) {
			q := &core.Search{
				Tenant: "acme", Filter: core.Filter{Start: math.MinInt64, End: math.MaxInt64},
				OldestFirst: c.oldestFirst, After: c.after, Limit: 10, Bytes: 1 << 20,
			}
			var found []int64
			require.NoError(t, s.read(t.Context(), "test", func(ctx context.Context, conn *engine.Conn) error {
				plan, order := planOf(q)
				candidates, err := newCandidates(ctx, conn, plan, order)
				found = blocksOf(candidates.headers)
				return err
			}))
			require.Equal(t, c.want, found)
			page := &page{search: q}
			entries, more, err := s.Search(t.Context(), q)
			require.NoError(t, err)
			require.True(t, more)
			page.add(append(entries, entries[len(entries)-1]))
			require.True(t, page.full)
			far := header{first: core.Place{Timestamp: 7, ID: 1}, last: core.Place{Timestamp: 7, ID: 2}}
			if c.oldestFirst {
				far = header{first: core.Place{Timestamp: 7, ID: 1 << 40}, last: core.Place{Timestamp: 7, ID: 1 << 41}}
			}
			require.False(t, page.needs(&far), "what is beyond a full page is not read")
		})
	}
}
