package duckdb_test

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/quota"
)

// rowsSchema is that of a store of numbered rows. Its first row, -1, is replaced
// by every piece of the journal.
var rowsSchema = duckdb.Schema{duckdb.JournalTables("last_row") + `
	CREATE TABLE rows (id BIGINT NOT NULL, value DOUBLE NOT NULL, word VARCHAR NOT NULL);`, duckdb.ArrivedTable}

// openRows opens the store of a folder, which the caller closes.
func openRows(t testing.TB, dir string, o duckdb.Options) *duckdb.Database {
	t.Helper()
	db, err := duckdb.Open(t.Context(), filepath.Join(dir, "rows.db"), rowsSchema, o)
	require.NoError(t, err)
	return db
}

// closing is openRows for a store that the test does not close itself.
func closing(t testing.TB, dir string, o duckdb.Options) *duckdb.Database {
	t.Helper()
	db := openRows(t, dir, o)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// piece is a piece of the journal: rows by their numbers, from 1. The journal's
// position is the number of rows before it.
type piece struct {
	ids    []int64
	values []float64
	words  []string
}

// pieceAfter makes the piece of so many rows after a position.
func pieceAfter(position journal.Position, size int) *piece {
	p := &piece{ids: make([]int64, size), values: make([]float64, size), words: make([]string, size)}
	for i := range size {
		p.ids[i] = int64(position) + int64(i) + 1
		p.values[i] = float64(p.ids[i])
		p.words[i] = strings.Repeat("word", int(p.ids[i]%7))
	}
	return p
}

// incompressible gives the rows values that don't compress.
func (p *piece) incompressible() *piece {
	for i := range p.values {
		p.values[i] = rand.NormFloat64()
	}
	return p
}

func (p *piece) end() journal.Position { return journal.Position(p.ids[len(p.ids)-1]) }

func (p *piece) state() producer.State {
	end := int64(p.end())
	return producer.State{Key: producer.Key{ProducerID: "p"}, Sequence: end, Counts: map[int32]int64{0: end}}
}

// settled counts each row as an item of tomorrow's.
func (p *piece) settled() duckdb.Settled {
	return duckdb.Settled{
		Producers: []producer.State{p.state()},
		Arrived:   []quota.Arrived{{Tenant: "acme", Day: tomorrow, Items: int64(len(p.ids))}},
	}
}

// tomorrow is a day that nothing forgets.
var tomorrow = quota.DayOf(time.Now()) + 1

// apply takes the piece in. A row takes 64 bytes in the log, at most.
func (p *piece) apply(ctx context.Context, db *duckdb.Database) error {
	return db.ApplyOnce(ctx, p.end(), p.settled(), int64(len(p.ids))*64, p.write)
}

func (p *piece) write(ctx context.Context, conn *engine.Conn) error {
	if err := conn.ExecWith("DELETE FROM rows USING gone WHERE rows.id = gone.id",
		"gone", []string{"id"}, engine.Int64s([]int64{-1})); err != nil {
		return err
	}
	first := engine.Float64s([]float64{float64(p.end())})
	if err := conn.Append("rows", engine.Int64s([]int64{-1}), first, engine.Texts([]string{""})); err != nil {
		return err
	}
	if err := conn.Append("rows", engine.Int64s(p.ids), engine.Float64s(p.values), engine.Texts(p.words)); err != nil {
		return err
	}
	return duckdb.RaiseCounter(ctx, conn, "last_row", int64(p.end()))
}

// load applies so many rows, from the position on, in pieces of 500,000.
func load(t testing.TB, db *duckdb.Database, from journal.Position, count int) {
	t.Helper()
	for count > 0 {
		p := pieceAfter(from, min(count, 500_000))
		require.NoError(t, p.apply(t.Context(), db))
		from = p.end()
		count -= len(p.ids)
	}
}

// number reads the number that a query has.
func number(ctx context.Context, db *duckdb.Database, query string) (n int64, err error) {
	err = db.Read(ctx, "read a number", func(ctx context.Context, conn *engine.Conn) error {
		n, err = engine.ReadNumber[int64](ctx, conn, query)
		return err
	})
	return n, err
}

// requireWhole checks that the parts of the store belong together, and returns
// its position.
func requireWhole(t *testing.T, db *duckdb.Database) journal.Position {
	t.Helper()
	position, err := db.Position(t.Context())
	require.NoError(t, err)
	state, err := db.Producer(t.Context(), producer.Key{ProducerID: "p"})
	require.NoError(t, err)
	if position == 0 {
		require.Nil(t, state)
		return 0
	}
	require.EqualValues(t, position, state.Sequence)
	arrived, err := db.Arrived(t.Context(), tomorrow)
	require.NoError(t, err)
	require.Equal(t, []quota.Arrived{{Tenant: "acme", Day: tomorrow, Items: int64(position)}}, arrived)
	last, err := db.Counter(t.Context(), "last_row")
	require.NoError(t, err)
	require.EqualValues(t, position, last)
	for query, want := range map[string]int64{
		"SELECT count(*) FROM rows":                                                   int64(position) + 1,
		"SELECT count(DISTINCT id) FROM rows":                                         int64(position) + 1,
		"SELECT value::BIGINT FROM rows WHERE id = -1":                                int64(position),
		"SELECT count(*) FROM rows WHERE word <> repeat('word', greatest(id, 0) % 7)": 0,
		"SELECT max(id) FROM rows":                                                    int64(position),
	} {
		got, err := number(t.Context(), db, query)
		require.NoError(t, err)
		require.Equal(t, want, got, query)
	}
	return position
}
