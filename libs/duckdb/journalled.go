package duckdb

import (
	"context"
	"fmt"
	"strings"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/libs/journal"
)

// journalTables begin every schema of a journalled store. They are released and
// not changed any more.
const journalTables = `
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
		version  INTEGER NOT NULL,
		-- Up to where the journal is in the tables; then the store's own counters.
		position BIGINT NOT NULL%s
	);
	INSERT INTO meta VALUES (1, 0%s);`

// JournalTables returns the statements that make the tables of every store that
// takes a journal in: its producers, and meta with the journal's position and
// the counters that the store names, which are BIGINT and begin at 0.
func JournalTables(counters ...string) string {
	var columns strings.Builder
	for _, counter := range counters {
		fmt.Fprintf(&columns, ",\n\t\t%s BIGINT NOT NULL", counter)
	}
	return fmt.Sprintf(journalTables, columns.String(), strings.Repeat(", 0", len(counters)))
}

// Position returns how much of the journal the store has taken in: 0 when it is
// new.
func (db *Database) Position(ctx context.Context) (journal.Position, error) {
	position, err := db.Counter(ctx, "position")
	return journal.Position(position), err
}

// Counter returns a counter of the store.
func (db *Database) Counter(ctx context.Context, name string) (count int64, err error) {
	err = db.Lookup(ctx, "read the "+name, func(ctx context.Context, conn *engine.Conn) error {
		count, err = engine.ReadNumber[int64](ctx, conn, "SELECT "+name+" FROM meta")
		return err
	})
	return count, err
}

// RaiseCounter sets a counter of the store to a number if that is more, in the
// connection's transaction.
func RaiseCounter(ctx context.Context, conn *engine.Conn, name string, to int64) error {
	_, err := conn.Exec(ctx, fmt.Sprintf("UPDATE meta SET %s = greatest(%[1]s, %d)", name, to))
	return err
}

// MoveTo sets the journal's position, in the connection's transaction.
func MoveTo(ctx context.Context, conn *engine.Conn, position journal.Position) error {
	_, err := conn.Exec(ctx, fmt.Sprintf("UPDATE meta SET position = %d", position))
	return err
}
