package duckdb

import "github.com/sluice-ingest/sluice/libs/duckdb"

// The store's counters.
const (
	// lastEntry is the highest ID of an entry ever, and lastBlock that of a block.
	lastEntry = "last_entry"
	lastBlock = "last_block"
	// lastPart is the part that new blocks go into, and partBytes how much went
	// into it.
	lastPart  = "last_part"
	partBytes = "part_bytes"
	// deletionPosition and deletionCount are of the last deletion.
	deletionPosition = "deletion_position"
	deletionCount    = "deletion_count"
)

// schema has no index: it would cost more than the rows, and DuckDB does not
// shrink a table that has one.
func schema() duckdb.Schema {
	return duckdb.Schema{
		duckdb.JournalTables(lastEntry, lastBlock, lastPart, partBytes, deletionPosition, deletionCount) + `
	CREATE TABLE blocks (
		block   BIGINT NOT NULL,
		part    BIGINT NOT NULL,
		tenant  VARCHAR NOT NULL,
		entries BIGINT NOT NULL, -- also those that were deleted
		bytes   BIGINT NOT NULL, -- of the entries' texts
		first   BIGINT NOT NULL, -- the smallest timestamp, in Unix nanoseconds
		last    BIGINT NOT NULL, -- the largest
		levels  BIGINT NOT NULL, -- a bit for each
		deleted BLOB,            -- a bit for each entry; NULL when none is
		first_id BIGINT NOT NULL, -- the ID of the first entry, by timestamp and ID
		last_id  BIGINT NOT NULL  -- the ID of the last one
	);`,
		duckdb.ArrivedTable,
	}
}

// createPart makes the table of a part. What is compressed already is left as it
// is.
const createPart = `
	CREATE TABLE IF NOT EXISTS part_%d (
		block    BIGINT NOT NULL,
		heads    BLOB NOT NULL USING COMPRESSION uncompressed,
		messages BLOB NOT NULL USING COMPRESSION uncompressed,
		fields   BLOB NOT NULL USING COMPRESSION uncompressed,
		pairs    BLOB NOT NULL USING COMPRESSION uncompressed,
		words    BLOB NOT NULL USING COMPRESSION uncompressed
	)`
