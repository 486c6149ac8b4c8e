package duckdb_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	libduckdb "github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/store/duckdb"
)

// openStore opens the store of a folder, which the caller closes.
func openStore(t testing.TB, dir string, o libduckdb.Options) *duckdb.Store {
	t.Helper()
	store, err := duckdb.Open(t.Context(), filepath.Join(dir, "logs.db"), o)
	require.NoError(t, err)
	return store
}

// closing is openStore for a store that the test does not close itself.
func closing(t testing.TB, dir string, o libduckdb.Options) *duckdb.Store {
	t.Helper()
	store := openStore(t, dir, o)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

const (
	tenant = "acme"
	epoch  = 1_795_305_600_000_000_000
	// step is the time between two entries.
	step = 900_000
)

// generator makes entries as web services write them.
type generator struct {
	random *rand.Rand
	next   int
}

func newGenerator() *generator {
	return &generator{random: rand.New(rand.NewPCG(42, 42))}
}

func pick[T any](g *generator, values ...T) T { return values[g.random.IntN(len(values))] }

func (g *generator) row() core.Row {
	r := g.random
	app := r.IntN(10)
	g.next++
	row := core.Row{Tenant: tenant, Entry: entry.Entry{
		ID: int64(g.next), Timestamp: epoch + int64(g.next)*step, Application: fmt.Sprintf("service-%d", app),
		Fields: []entry.Field{
			{Name: "host", Value: fmt.Sprintf("service-%d-%02d.prod.internal", app, r.IntN(5))},
			{Name: "request_id", Value: fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64())},
		},
	}}
	status, phrase := 200, pick(g, "request completed", "cache hit", "cache miss, loaded", "request accepted", "response sent")
	switch p := r.IntN(100); {
	case p < 70:
		row.Level = entry.Info
	case p < 88:
		row.Level = entry.Debug
	case p < 96:
		row.Level, status = entry.Warn, 404
	default:
		row.Level, status = entry.Error, 500
		phrase = pick(g, "upstream reset", "deadline exceeded", "query failed", "out of memory", "circuit open")
	}
	row.Message = fmt.Sprintf("%s /api/v1/%s/%d status=%d duration=%d.%03dms bytes=%d user=u%d remote=10.%d.%d.%d %s",
		pick(g, "GET", "POST", "PUT", "DELETE"),
		pick(g, "orders", "users", "carts", "payments", "items", "search", "sessions", "reviews"),
		r.IntN(100_000), status, r.IntN(2_000), r.IntN(1_000), r.IntN(50_000), r.IntN(200_000),
		r.IntN(256), r.IntN(256), r.IntN(256), phrase)
	return row
}

// batch makes the next rows. The position is the number of rows.
func (g *generator) batch(size int) *core.Batch {
	rows := make([]core.Row, size)
	for i := range rows {
		rows[i] = g.row()
	}
	return &core.Batch{Rows: rows, Position: journal.Position(g.next)}
}
