package duckdb_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
)

func TestAnOlderSchemaIsBroughtUpToDate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "rows.db")
	db := openRows(t, dir, duckdb.Options{})
	load(t, db, 0, 1_000)
	require.NoError(t, db.Close())

	newer := append(duckdb.Schema{}, rowsSchema...)
	newer = append(newer, "ALTER TABLE rows ADD COLUMN twice BIGINT", "UPDATE rows SET twice = 2 * id")
	for range 2 {
		db, err := duckdb.Open(t.Context(), path, newer, duckdb.Options{})
		require.NoError(t, err)
		require.EqualValues(t, 1_000, requireWhole(t, db))
		sum, err := number(t.Context(), db, "SELECT sum(twice)::BIGINT FROM rows WHERE id > 0")
		require.NoError(t, err)
		require.EqualValues(t, 1_000*1_001, sum)
		require.NoError(t, db.Close())
	}
	_, err := duckdb.Open(t.Context(), path, rowsSchema, duckdb.Options{})
	require.ErrorContains(t, err, "use the newer program")
}

// A step that fails leaves the schema and the rows as they were.
func TestAFailedStepIsUndone(t *testing.T) {
	dir := t.TempDir()
	db := openRows(t, dir, duckdb.Options{})
	load(t, db, 0, 1_000)
	require.NoError(t, db.Close())
	broken := duckdb.Schema{rowsSchema[0], rowsSchema[1], "DROP TABLE rows", "DROP TABLE nothing"}
	_, err := duckdb.Open(t.Context(), filepath.Join(dir, "rows.db"), broken, duckdb.Options{})
	require.ErrorContains(t, err, "nothing")
	require.EqualValues(t, 1_000, requireWhole(t, closing(t, dir, duckdb.Options{})))
}

func TestAnotherProgramsDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.db")
	db, err := engine.Open(path, nil)
	require.NoError(t, err)
	conn, err := db.Connect()
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "CREATE TABLE things (id INTEGER)")
	require.NoError(t, err)
	conn.Close()
	db.Close()
	_, err = duckdb.Open(t.Context(), path, rowsSchema, duckdb.Options{})
	require.ErrorContains(t, err, "another program")
}
