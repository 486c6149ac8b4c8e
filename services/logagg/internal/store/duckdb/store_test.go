package duckdb_test

import (
	"testing"

	libduckdb "github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/store/storetest"
)

func TestConformance(t *testing.T) {
	for name, options := range map[string]libduckdb.Options{
		"with the defaults":  {},
		"with little memory": {MemoryLimit: 48 << 20, Threads: 1, QuerySlots: 1},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, dir string) core.Store {
				t.Helper()
				return openStore(t, dir, options)
			})
		})
	}
}
