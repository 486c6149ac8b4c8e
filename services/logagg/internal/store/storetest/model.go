package storetest

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

var modelContracts = []contract{
	{"Any_changes_give_what_the_filters_say", anyChanges},
}

// anyChanges applies, deletes and searches at random, and compares with a list
// of entries and Filter.Match.
func anyChanges(t *testing.T, f *fixture) {
	tenants := []string{tenant, "other"}
	rapid.Check(t, func(t *rapid.T) {
		random := randomOf(rapid.Uint64().Draw(t, "seed"))
		t.Repeat(map[string]func(*rapid.T){
			"apply": func(t *rapid.T) {
				rows := make([]core.Row, rapid.IntRange(0, 60).Draw(t, "rows"))
				for i := range rows {
					rows[i] = core.Row{Tenant: pick(random, tenants...), Entry: randomEntry(random)}
				}
				f.applyRows(rows)
			},
			"apply one": func(*rapid.T) { f.apply(randomEntry(random)) },
			"delete": func(*rapid.T) {
				filter := randomFilter(random)
				f.delete(pick(random, tenants...), &filter)
			},
			"search": func(*rapid.T) {
				q := randomSearch(random)
				q.Tenant = pick(random, tenants...)
				f.requireFound(q)
			},
			"count": func(t *rapid.T) {
				f.requireCounted(t, &core.Count{
					Tenant: pick(random, tenants...), Filter: randomFilter(random), ByLevel: true, ByFields: []string{"host"},
					Bucket: pick[time.Duration](random, 0, 50),
				})
			},
			"checkpoint": func(t *rapid.T) { require.NoError(t, f.Checkpoint(f.t.Context())) },
			"": func(t *rapid.T) {
				for _, tenant := range tenants {
					f.requireCounted(t, &core.Count{Tenant: tenant, Filter: core.Filter{Start: math.MinInt64, End: math.MaxInt64}})
				}
			},
		})
		everything := all()
		for _, tenant := range tenants {
			f.delete(tenant, &everything)
		}
		f.rows = []core.Row{}
	})
	f.apply(entry.Entry{})
	f.requireAll(tenants...)
}
