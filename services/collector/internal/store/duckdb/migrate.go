package duckdb

import (
	"context"
	"fmt"

	"github.com/sluice-ingest/sluice/services/collector/internal/store/duckdb/internal/engine"
)

// migrations are the steps from one version of the schema to the next, from 0,
// which is an empty file. A step that was released is never changed.
//
// No table has an index: it would cost more than the rows, and DuckDB does not
// shrink a table that has one. What has to be unique is made so by the writer.
var migrations = []string{`
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
	);
	CREATE TABLE producers (
		tenant      VARCHAR NOT NULL,
		subject     VARCHAR NOT NULL,
		producer_id VARCHAR NOT NULL,
		epoch       BIGINT NOT NULL,
		sequence    BIGINT NOT NULL,
		counts      VARCHAR NOT NULL, -- a JSON object, from outcome to number
		time        BIGINT NOT NULL,  -- Unix nanoseconds
		-- The receipt of the last complete stream; without one, answer is NULL.
		answer           BLOB,
		receipt_sequence BIGINT NOT NULL,
		receipt_time     BIGINT NOT NULL
	);
	CREATE TABLE meta (
		version     INTEGER NOT NULL,
		position    BIGINT NOT NULL, -- what of the journal is in the tables
		last_series BIGINT NOT NULL  -- the highest series ID ever
	);
	INSERT INTO meta VALUES (1, 0, 0);`,
}

// migrate brings the schema up to date in one transaction.
func migrate(ctx context.Context, conn *engine.Conn) error {
	version, err := versionOf(ctx, conn)
	if err != nil {
		return err
	}
	if version > len(migrations) {
		return fmt.Errorf("its schema %d is of a newer program, this one knows %d: use the newer program",
			version, len(migrations))
	}
	if version == len(migrations) {
		return nil
	}
	return inTransaction(ctx, conn, func(ctx context.Context) error {
		for _, step := range migrations[version:] {
			if _, err := conn.Exec(ctx, step); err != nil {
				return err
			}
		}
		_, err := conn.Exec(ctx, fmt.Sprintf("UPDATE meta SET version = %d", len(migrations)))
		return err
	})
}

func versionOf(ctx context.Context, conn *engine.Conn) (int, error) {
	tables, err := readNumber[int64](ctx, conn, "SELECT count(*) FROM duckdb_tables()")
	if err != nil || tables == 0 {
		return 0, err
	}
	version, err := readNumber[int32](ctx, conn, "SELECT version FROM meta")
	if err != nil {
		return 0, fmt.Errorf("it is another program's database: %w", err)
	}
	return int(version), nil
}
