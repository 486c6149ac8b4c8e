package storetest

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
)

var modelContracts = []contract{
	{"Any_changes_give_what_the_filters_say", anyChanges},
}

// anyChanges applies, deletes and searches at random, and compares with a list
// of entries and Filter.Match.
func anyChanges(t *testing.T, f *fixture) {
	tenants := []string{tenant, "other"}
	everything := all()
	rapid.Check(t, func(t *rapid.T) {
		random := randomOf(rapid.Uint64().Draw(t, "seed"))
		for _, step := range rapid.SliceOfN(rapid.SampledFrom(steps), 1, 12).Draw(t, "steps") {
			step.take(t, f, random, pick(random, tenants...))
		}
		for _, tenant := range tenants {
			f.requireCounted(t, &core.Count{Tenant: tenant, Filter: everything})
			f.delete(tenant, &everything)
		}
	})
}

// step is one thing to do with a store.
type step struct {
	name string
	take func(t *rapid.T, f *fixture, random *rand.Rand, tenant string)
}

func (s step) String() string { return s.name }

var steps = []step{
	{"apply", func(_ *rapid.T, f *fixture, random *rand.Rand, _ string) {
		rows := make([]core.Row, random.IntN(60))
		for i := range rows {
			rows[i] = core.Row{Tenant: pick(random, tenant, "other"), Entry: randomEntry(random)}
		}
		f.applyRows(rows)
	}},
	{"apply one", func(_ *rapid.T, f *fixture, random *rand.Rand, _ string) { f.apply(randomEntry(random)) }},
	{"delete", func(_ *rapid.T, f *fixture, random *rand.Rand, tenant string) {
		filter := randomFilter(random)
		f.delete(tenant, &filter)
	}},
	{"search", func(_ *rapid.T, f *fixture, random *rand.Rand, tenant string) {
		q := randomSearch(random)
		q.Tenant = tenant
		f.requireFound(q)
	}},
	{"count", func(t *rapid.T, f *fixture, random *rand.Rand, tenant string) {
		f.requireCounted(t, &core.Count{
			Tenant: tenant, Filter: randomFilter(random), ByLevel: true, ByFields: []string{"host"},
			Bucket: pick[time.Duration](random, 0, 50),
		})
	}},
	{"checkpoint", func(t *rapid.T, f *fixture, _ *rand.Rand, _ string) { require.NoError(t, f.Checkpoint(f.t.Context())) }},
}
