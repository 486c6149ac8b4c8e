package duckdb

import "github.com/sluice-ingest/sluice/libs/duckdb"

// lastSeries is the counter of the highest series ID ever.
const lastSeries = "last_series"

// No table has an index: it would cost more than the rows, and DuckDB does not
// shrink a table that has one. What has to be unique is made so by the writer.
var schema = duckdb.Schema{duckdb.JournalTables(lastSeries) + `
	CREATE TABLE samples (
		series UINTEGER NOT NULL,
		ts     BIGINT NOT NULL, -- Unix nanoseconds
		value  DOUBLE NOT NULL
	);
	CREATE TABLE series (
		id     UINTEGER NOT NULL,
		tenant VARCHAR NOT NULL,
		source VARCHAR NOT NULL,
		metric VARCHAR NOT NULL,
		tags   VARCHAR NOT NULL -- a JSON object
	);`,
	duckdb.ArrivedTable,
}
