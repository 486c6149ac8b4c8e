package duckdb

import (
	"context"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/libs/quota"
)

// ArrivedTable makes the table of what arrived each day. It is a step of the
// schema of every store that takes a journal in, after its [JournalTables]. It is
// released and not changed any more.
const ArrivedTable = `
	CREATE TABLE arrived (
		tenant VARCHAR NOT NULL,
		day    BIGINT NOT NULL, -- days since 1970, UTC
		items  BIGINT NOT NULL
	);`

// addArrived adds to what arrived, in the connection's transaction.
func addArrived(conn *engine.Conn, arrived []quota.Arrived) error {
	if len(arrived) == 0 {
		return nil
	}
	tenants, days, items := make([]string, len(arrived)), make([]quota.Day, len(arrived)), make([]int64, len(arrived))
	for i, a := range arrived {
		tenants[i], days[i], items[i] = a.Tenant, a.Day, a.Items
	}
	for _, statement := range []string{
		`INSERT INTO arrived SELECT tenant, day, 0 FROM added WHERE NOT EXISTS (
			SELECT 1 FROM arrived WHERE arrived.tenant = added.tenant AND arrived.day = added.day)`,
		`UPDATE arrived SET items = arrived.items + added.items FROM added
			WHERE arrived.tenant = added.tenant AND arrived.day = added.day`,
	} {
		if err := conn.ExecWith(statement, "added", []string{"tenant", "day", "items"},
			engine.Texts(tenants), engine.Int64s(days), engine.Int64s(items)); err != nil {
			return err
		}
	}
	return nil
}

// arrivedRoom is what a tenant's day takes in the log, at most, twice: its row is
// inserted and updated.
const arrivedRoom = 2 * 1024

func roomForArrived(arrived []quota.Arrived) int64 { return int64(len(arrived)) * arrivedRoom }

// Arrived returns what arrived on a day and after it, in no order.
func (db *Database) Arrived(ctx context.Context, since quota.Day) (arrived []quota.Arrived, err error) {
	err = db.Lookup(ctx, "read what arrived", func(ctx context.Context, conn *engine.Conn) error {
		rows, err := conn.Query(ctx, "SELECT tenant, day, items FROM arrived WHERE day >= ?", int64(since))
		if err != nil {
			return err
		}
		defer rows.Close()
		arrived = nil
		for rows.Next() {
			days, items := engine.Numbers[quota.Day](rows, 1), engine.Numbers[int64](rows, 2)
			for i, tenant := range rows.Texts(0) {
				arrived = append(arrived, quota.Arrived{Tenant: tenant, Day: days[i], Items: items[i]})
			}
		}
		return nil
	})
	return arrived, err
}
