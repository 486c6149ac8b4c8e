package duckdb_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	libduckdb "github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/libs/storage"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/store/duckdb"
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

func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage")
	require.NoError(t, os.WriteFile(garbage, make([]byte, 1<<16), 0o600))
	for name, path := range map[string]string{
		"without a folder": filepath.Join(dir, "missing", "logs.db"), "on a folder": dir, "on another file": garbage,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := duckdb.Open(t.Context(), path, libduckdb.Options{})
			require.ErrorContains(t, err, path)
		})
	}
}

func TestAClosedStoreSaysSo(t *testing.T) {
	store := openStore(t, t.TempDir(), libduckdb.Options{})
	require.NoError(t, store.Close())
	everything := core.Filter{Start: math.MinInt64, End: math.MaxInt64}
	require.ErrorContains(t, store.Apply(t.Context(), &core.Batch{Position: 1}), "closed")
	_, _, err := store.Search(t.Context(), &core.Search{Tenant: tenant, Filter: everything, Limit: 1, Bytes: 1})
	require.ErrorContains(t, err, "closed")
	_, err = store.Delete(t.Context(), tenant, &everything, 1)
	require.ErrorContains(t, err, "closed")
}

// Other programs' databases, and those of newer ones, are left alone.
func TestForeignSchemasAreRefused(t *testing.T) {
	for name, test := range map[string]struct{ statement, want string }{
		"newer":           {"CREATE TABLE meta AS SELECT 99::INTEGER AS version", "use the newer program"},
		"another program": {"CREATE TABLE things (id INTEGER)", "another program"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "logs.db")
			run(t, path, test.statement)
			_, err := duckdb.Open(t.Context(), path, libduckdb.Options{})
			require.ErrorContains(t, err, test.want)
		})
	}
}

// run runs a statement on the file of a closed store.
func run(t *testing.T, path, statement string) {
	t.Helper()
	db, err := engine.Open(path, nil)
	require.NoError(t, err)
	defer db.Close()
	conn, err := db.Connect()
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Exec(t.Context(), statement)
	require.NoError(t, err)
}

// Damage is an error that names the block, and never an answer.
func TestDamagedBlocksAreErrors(t *testing.T) {
	for _, piece := range []string{"heads", "messages", "fields"} {
		t.Run(piece, func(t *testing.T) {
			dir := t.TempDir()
			store := openStore(t, dir, libduckdb.Options{})
			require.NoError(t, store.Apply(t.Context(), newGenerator().batch(100)))
			require.NoError(t, store.Close())
			run(t, filepath.Join(dir, "logs.db"), "UPDATE part_1 SET "+piece+" = '\\x00\\xFF'::BLOB")
			store = closing(t, dir, libduckdb.Options{})
			everything := core.Filter{Start: math.MinInt64, End: math.MaxInt64}
			_, _, err := store.Search(t.Context(), &core.Search{Tenant: tenant, Filter: everything, Limit: 9, Bytes: 1 << 20})
			require.ErrorContains(t, err, "damaged")
		})
	}
}

// Groups beyond the memory are an error of their own.
func TestQueriesThatAreTooLarge(t *testing.T) {
	store := closing(t, t.TempDir(), libduckdb.Options{MemoryLimit: 32 << 20})
	require.NoError(t, store.Apply(t.Context(), newGenerator().batch(30_000)))
	q := &core.Count{
		Tenant: tenant, Filter: core.Filter{Start: math.MinInt64, End: math.MaxInt64}, ByFields: []string{"request_id"},
	}
	_, err := store.Count(t.Context(), q, 10)
	require.ErrorIs(t, err, storage.ErrQueryTooLarge)
	q.ByFields = []string{"host"}
	rows, err := store.Count(t.Context(), q, 100)
	require.NoError(t, err)
	require.Len(t, rows, 50)
}

// Small blocks are put together, and those with deleted entries written anew.
func TestTidyingUp(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir, libduckdb.Options{})
	g := newGenerator()
	for range 300 {
		require.NoError(t, store.Apply(t.Context(), g.batch(10)))
	}
	secret := g.batch(10)
	for i := range secret.Rows {
		secret.Rows[i].Message, secret.Rows[i].Application = "plainlysecret words", doomedApplication
	}
	require.NoError(t, store.Apply(t.Context(), secret))
	deleted, err := store.Delete(t.Context(), tenant, doomed(), secret.Position+1)
	require.NoError(t, err)
	require.EqualValues(t, 10, deleted)
	require.NoError(t, store.Close())
	run(t, filepath.Join(dir, "logs.db"),
		"SELECT CASE WHEN count(*) BETWEEN 10 AND 40 THEN 1 ELSE error(count(*)::VARCHAR || ' blocks') END FROM blocks")
	run(t, filepath.Join(dir, "logs.db"),
		"SELECT CASE WHEN sum(entries) = 3000 THEN 1 ELSE error(sum(entries)::VARCHAR || ' entries') END FROM blocks")
}
