package duckdb_test

import (
	"context"
	"testing"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/quota"
	"github.com/sluice-ingest/sluice/libs/storage/storagetest"
)

func TestAJournalledStoreKeepsItsPromises(t *testing.T) {
	nothing := func(context.Context, *engine.Conn) error { return nil }
	storagetest.Run(t, func(t *testing.T, dir string) (storagetest.Store, storagetest.Put) {
		t.Helper()
		db := openRows(t, dir, duckdb.Options{})
		return db, func(ctx context.Context, position journal.Position, states []producer.State, arrived []quota.Arrived) error {
			return db.ApplyOnce(ctx, position, duckdb.Settled{Producers: states, Arrived: arrived}, 0, nothing)
		}
	})
}
