package storetest

import (
	"cmp"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// tenant is whose entries most contracts are about.
const tenant = "acme"

// all selects every entry.
func all() core.Filter { return core.Filter{Start: math.MinInt64, End: math.MaxInt64} }

// fixture is a store under test.
type fixture struct {
	core.Store

	t      *testing.T
	dir    string
	opener Open
	// position of the last batch, and ID of the last entry.
	position journal.Position
	last     int64
	// rows are all that were applied and not deleted.
	rows []core.Row
}

func (f *fixture) open() {
	f.t.Helper()
	f.Store = f.opener(f.t, f.dir)
}

func (f *fixture) close() {
	if f.Store == nil {
		return
	}
	require.NoError(f.t, f.Store.Close())
	f.Store = nil
}

// reopen closes the store and opens it again.
func (f *fixture) reopen() {
	f.t.Helper()
	f.close()
	f.open()
}

// apply applies a batch of entries of the tenant, which get their IDs.
func (f *fixture) apply(entries ...entry.Entry) {
	f.t.Helper()
	rows := make([]core.Row, len(entries))
	for i := range entries {
		rows[i] = core.Row{Tenant: tenant, Entry: entries[i]}
	}
	f.applyRows(rows)
}

func (f *fixture) applyRows(rows []core.Row) {
	f.t.Helper()
	f.position += 100
	for i := range rows {
		f.last++
		rows[i].ID = f.last
	}
	require.NoError(f.t, f.Apply(f.t.Context(), &core.Batch{Position: f.position, Rows: rows}))
	f.rows = append(f.rows, rows...)
}

// delete deletes what a filter selects, and checks how many those are.
func (f *fixture) delete(tenant string, filter *core.Filter) {
	f.t.Helper()
	f.position += 100
	deleted, err := f.Delete(f.t.Context(), tenant, filter, f.position)
	require.NoError(f.t, err)
	before := len(f.rows)
	f.rows = slices.DeleteFunc(f.rows, func(row core.Row) bool {
		return row.Tenant == tenant && filter.Match(&row.Entry)
	})
	require.EqualValues(f.t, before-len(f.rows), deleted, "%+v", filter)
}

// selected are the applied entries that a search finds, in its order.
func (f *fixture) selected(q *core.Search) []entry.Entry {
	found := []entry.Entry{}
	for i := range f.rows {
		if f.rows[i].Tenant == q.Tenant && q.Filter.Match(&f.rows[i].Entry) {
			found = append(found, f.rows[i].Entry)
		}
	}
	slices.SortFunc(found, func(a, b entry.Entry) int {
		order := cmp.Or(cmp.Compare(a.Timestamp, b.Timestamp), cmp.Compare(a.ID, b.ID))
		if q.OldestFirst {
			return order
		}
		return -order
	})
	return found
}

// pages reads all of an answer, page by page.
func (f *fixture) pages(q core.Search) []entry.Entry {
	f.t.Helper()
	found := []entry.Entry{}
	for {
		page, more, err := f.Search(f.t.Context(), &q)
		require.NoError(f.t, err)
		require.LessOrEqual(f.t, len(page), q.Limit)
		found = append(found, page...)
		if !more {
			return found
		}
		require.NotEmpty(f.t, page, "a page that is not the last has an entry")
		last := &page[len(page)-1]
		q.After = &core.Place{Timestamp: last.Timestamp, ID: last.ID}
	}
}

// mostPages is about how many pages an answer is read in.
const mostPages = 12

// requireFound checks an answer in both orders. Its pages may be larger than
// asked for, if they were too many.
func (f *fixture) requireFound(q core.Search) {
	f.t.Helper()
	for _, q.OldestFirst = range []bool{true, false} {
		want := f.selected(&q)
		if least := len(want) / mostPages; q.Limit < least || q.Bytes < 500*least {
			q.Limit, q.Bytes = max(q.Limit, least), math.MaxInt32
		}
		got := f.pages(q)
		require.Len(f.t, got, len(want), "%+v", q)
		for i := range want {
			require.Equal(f.t, normal(want[i]), normal(got[i]), "entry %d of %+v", i, q)
		}
	}
}

// normal is an entry as a store may give it back: what is not stored is left
// out, and no fields are nil.
func normal(e entry.Entry) entry.Entry {
	e.LevelText = ""
	if len(e.Fields) == 0 {
		e.Fields = nil
	}
	return e
}

// requireAll checks everything that there is of some tenants.
func (f *fixture) requireAll(tenants ...string) {
	f.t.Helper()
	for _, tenant := range tenants {
		f.requireFound(core.Search{Tenant: tenant, Filter: all(), Limit: 1_000, Bytes: 1 << 20})
	}
}

func (f *fixture) positionNow() journal.Position {
	f.t.Helper()
	position, err := f.Position(f.t.Context())
	require.NoError(f.t, err)
	return position
}
