// Package storetest is the suite that every [core.Store] has to pass.
package storetest

import (
	"context"
	"testing"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/quota"
	"github.com/sluice-ingest/sluice/libs/storage/storagetest"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// Open opens the store of a folder, and makes it when the folder is empty. The
// suite closes it, and opens it again only after that.
type Open func(t *testing.T, dir string) core.Store

// Run runs the suite, each contract in a folder of its own.
func Run(t *testing.T, open Open) {
	t.Helper()
	storagetest.Run(t, func(t *testing.T, dir string) (storagetest.Store, storagetest.Put) {
		t.Helper()
		store := open(t, dir)
		return store, func(ctx context.Context, position journal.Position, states []producer.State, arrived []quota.Arrived) error {
			return store.Apply(ctx, &core.Batch{Position: position, Producers: states, Arrived: arrived})
		}
	})
	for _, group := range [][]contract{
		applyContracts, seriesContracts, deleteContracts, sampleContracts, bucketContracts,
		statisticsContracts, extentContracts, sharedContracts,
	} {
		for _, c := range group {
			t.Run(c.name, func(t *testing.T) {
				f := &fixture{t: t, dir: t.TempDir(), opener: open}
				f.open()
				t.Cleanup(f.close)
				c.check(t, f)
			})
		}
	}
}

// contract is one promise of the interface.
type contract struct {
	name  string
	check func(t *testing.T, f *fixture)
}
