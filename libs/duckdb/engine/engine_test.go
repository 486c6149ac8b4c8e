package engine_test

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
)

func testConn(t testing.TB) *engine.Conn {
	t.Helper()
	db, err := engine.Open(filepath.Join(t.TempDir(), "test.db"), []engine.Setting{{Name: "threads", Value: "2"}})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	conn, err := db.Connect()
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	return conn
}

func exec(t testing.TB, conn *engine.Conn, statement string) {
	t.Helper()
	_, err := conn.Exec(t.Context(), statement)
	require.NoError(t, err)
}

// column reads the only column of a query.
func column[T any](t testing.TB, conn *engine.Conn, query string, of func(*engine.Rows) []T) []T {
	t.Helper()
	rows, err := conn.Query(t.Context(), query)
	require.NoError(t, err)
	defer rows.Close()
	var all []T
	for rows.Next() {
		all = append(all, of(rows)...)
	}
	return all
}

func requireNumbers[T engine.Number](t *testing.T, kind string, of func([]T) engine.Column, some ...T) {
	t.Helper()
	conn := testConn(t)
	exec(t, conn, "CREATE TABLE numbers (n "+kind+" NOT NULL)")
	var values []T
	for len(values) < 5_000 {
		values = append(values, some...)
	}
	require.NoError(t, conn.Append("numbers", of(values)))
	read := func(rows *engine.Rows) []T { return engine.Numbers[T](rows, 0) }
	require.Equal(t, values, column(t, conn, "SELECT n FROM numbers ORDER BY rowid", read), kind)
}

type level int32

func TestNumbersComeBack(t *testing.T) {
	requireNumbers(t, "BOOLEAN", engine.Bools[bool], true, false, false)
	requireNumbers(t, "TINYINT", engine.Int8s[int8], 0, math.MinInt8, math.MaxInt8)
	requireNumbers(t, "UTINYINT", engine.Uint8s[uint8], 0, math.MaxUint8)
	requireNumbers(t, "SMALLINT", engine.Int16s[int16], 0, math.MinInt16, math.MaxInt16)
	requireNumbers(t, "INTEGER", engine.Int32s[level], 0, math.MinInt32, math.MaxInt32)
	requireNumbers(t, "UINTEGER", engine.Uint32s[uint32], 0, math.MaxUint32)
	requireNumbers(t, "BIGINT", engine.Int64s[int64], 0, math.MinInt64, math.MaxInt64)
	requireNumbers(t, "DOUBLE", engine.Float64s, 0, -math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1))
}

// Texts of every length, around the one up to which they stand in the vector,
// and larger than everything before.
func TestTextsComeBack(t *testing.T) {
	var texts []string
	for length := range 40 {
		texts = append(texts, strings.Repeat("x", length))
	}
	texts = append(texts, "日本語", "zero\x00inside", strings.Repeat("é", 7), strings.Repeat("large ", 100_000), strings.Repeat("x", 4_095), strings.Repeat("x", 4_096))
	for len(texts) < 5_000 {
		texts = append(texts, texts[:min(len(texts), 46)]...)
	}
	requireTexts(t, testConn(t), texts)
}

func TestAnyTextsComeBack(t *testing.T) {
	conn := testConn(t)
	rapid.Check(t, func(r *rapid.T) {
		requireTexts(t, conn, rapid.SliceOfN(rapid.StringN(-1, -1, 70_000), 1, 50).Draw(r, "texts"))
	})
}

func requireTexts(t *testing.T, conn *engine.Conn, texts []string) {
	t.Helper()
	exec(t, conn, "CREATE OR REPLACE TABLE texts (t VARCHAR NOT NULL)")
	require.NoError(t, conn.Append("texts", engine.Texts(texts)))
	read := func(rows *engine.Rows) []string { return rows.Texts(0) }
	require.Equal(t, texts, column(t, conn, "SELECT t FROM texts ORDER BY rowid", read))
	one := func(rows *engine.Rows) []string {
		var values []string
		for row := range rows.Len() {
			value, ok := rows.Text(0, row)
			require.True(t, ok)
			values = append(values, value)
		}
		return values
	}
	require.Equal(t, texts, column(t, conn, "SELECT t FROM texts ORDER BY rowid", one))
	// DuckDB has read them right: it compares by the prefix first.
	for _, text := range []string{texts[0], texts[len(texts)-1]} {
		count, err := engine.ReadNumber[int64](t.Context(), conn, "SELECT count(*) FROM texts WHERE t = ?", text)
		require.NoError(t, err)
		require.Positive(t, count)
	}
}

func TestTextsThatAreNotUTF8AreRefused(t *testing.T) {
	conn := testConn(t)
	exec(t, conn, "CREATE TABLE texts (t VARCHAR NOT NULL)")
	texts := make([]string, 3_000)
	texts[2_500] = "caf\xe9"
	require.ErrorContains(t, conn.Append("texts", engine.Texts(texts)), "row 2500")
	require.ErrorContains(t,
		conn.ExecWith("DELETE FROM texts USING gone WHERE texts.t = gone.t", "gone", []string{"t"}, engine.Texts(texts)),
		"UTF-8")
	require.Empty(t, column(t, conn, "SELECT t FROM texts", func(rows *engine.Rows) []string { return rows.Texts(0) }))
}

// Every second chunk has a NULL where the one before has a value.
func TestBlobsComeBackWithNulls(t *testing.T) {
	conn := testConn(t)
	exec(t, conn, "CREATE TABLE blobs (b BLOB)")
	blobs := make([][]byte, 8_192)
	for i := range blobs {
		switch chunk, row := i/2_048, i%2_048; row % 3 {
		case chunk % 2:
			blobs[i] = nil
		case 2:
			blobs[i] = []byte{}
		default:
			blobs[i] = []byte(strings.Repeat("\xff\x00", row%20))
		}
	}
	require.NoError(t, conn.Append("blobs", engine.Blobs(blobs)))
	row := 0
	column(t, conn, "SELECT b FROM blobs ORDER BY rowid", func(rows *engine.Rows) []string {
		values := rows.Texts(0)
		for i, value := range values {
			one, ok := rows.Text(0, i)
			require.Equal(t, blobs[row] != nil, ok)
			require.Equal(t, blobs[row] == nil, rows.IsNull(0, i))
			require.Equal(t, string(blobs[row]), value)
			require.Equal(t, value, one)
			row++
		}
		return values
	})
	require.Equal(t, len(blobs), row)
}

func TestAViewIsTheTextInPlace(t *testing.T) {
	conn := testConn(t)
	rows, err := conn.Query(t.Context(), "SELECT unnest(['short', NULL, 'longer than twelve bytes'])")
	require.NoError(t, err)
	defer rows.Close()
	require.True(t, rows.Next())
	for row, want := range []string{"short", "", "longer than twelve bytes"} {
		view, ok := rows.View(0, row)
		require.Equal(t, want, string(view))
		require.Equal(t, want != "", ok)
	}
}
