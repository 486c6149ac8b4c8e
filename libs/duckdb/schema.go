package duckdb

import (
	"context"
	"fmt"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
)

// Schema are the steps from one version of a store's tables to the next, from
// 0, which is an empty file. A step that was released is never changed.
//
// The first step makes a table meta of one row, with an INTEGER column version
// of 1; [JournalTables] does that for a store that takes a journal in.
type Schema []string

const readVersion = "SELECT version FROM meta"

// migrate brings the schema up to date in one transaction.
func (s Schema) migrate(ctx context.Context, conn *engine.Conn) error {
	version, err := versionOf(ctx, conn)
	if err != nil {
		return err
	}
	if version > len(s) {
		return fmt.Errorf("its schema %d is of a newer program, this one knows %d: use the newer program",
			version, len(s))
	}
	if version == len(s) {
		return nil
	}
	return inTransaction(ctx, conn, func(ctx context.Context) error {
		for _, step := range s[version:] {
			if _, err := conn.Exec(ctx, step); err != nil {
				return err
			}
		}
		_, err := conn.Exec(ctx, fmt.Sprintf("UPDATE meta SET version = %d", len(s)))
		return err
	})
}

func versionOf(ctx context.Context, conn *engine.Conn) (int, error) {
	tables, err := engine.ReadNumber[int64](ctx, conn, "SELECT count(*) FROM duckdb_tables()")
	if err != nil || tables == 0 {
		return 0, err
	}
	version, err := engine.ReadNumber[int32](ctx, conn, readVersion)
	if err != nil {
		return 0, fmt.Errorf("it is another program's database: %w", err)
	}
	return int(version), nil
}
