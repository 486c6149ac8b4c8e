package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
)

// benchRows is a row group of DuckDB.
const benchRows = 122_880

// logTexts are the texts of log entries: tenant, application, message, category
// and fields.
func logTexts() [5][]string {
	var columns [5][]string
	for i := range benchRows {
		for at, value := range [5]string{
			"acme",
			fmt.Sprintf("checkout-%02d", i%40),
			fmt.Sprintf("request %d for /api/v1/orders/%d took %d ms and ended with status %d after %d tries%s",
				i, i*7919, i%977, 200+i%5, i%3, strings.Repeat("x", i%40)),
			"network",
			fmt.Sprintf(`{"host":"node-%d","request_id":"%016x","user":"u%d"}`, i%100, i*104_729, i%5_000),
		} {
			columns[at] = append(columns[at], value)
		}
	}
	return columns
}

func BenchmarkAppendTexts(b *testing.B) {
	conn := testConn(b)
	exec(b, conn, `CREATE TABLE logs (a VARCHAR NOT NULL, b VARCHAR NOT NULL, c VARCHAR NOT NULL,
		d VARCHAR NOT NULL, e VARCHAR NOT NULL)`)
	texts := logTexts()
	for b.Loop() {
		exec(b, conn, "BEGIN")
		columns := make([]engine.Column, len(texts))
		for i := range texts {
			columns[i] = engine.Texts(texts[i])
		}
		if err := conn.Append("logs", columns...); err != nil {
			b.Fatal(err)
		}
		exec(b, conn, "ROLLBACK")
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
}

func BenchmarkReadTexts(b *testing.B) {
	conn := testConn(b)
	exec(b, conn, "CREATE TABLE texts (t VARCHAR NOT NULL)")
	require.NoError(b, conn.Append("texts", engine.Texts(logTexts()[2])))
	for name, read := range map[string]func(*engine.Rows){
		"in bulk": func(rows *engine.Rows) { rows.Texts(0) },
		"one by one": func(rows *engine.Rows) {
			for row := range rows.Len() {
				rows.Text(0, row)
			}
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				rows, err := conn.Query(b.Context(), "SELECT t FROM texts")
				if err != nil {
					b.Fatal(err)
				}
				for rows.Next() {
					read(rows)
				}
				rows.Close()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
		})
	}
}
