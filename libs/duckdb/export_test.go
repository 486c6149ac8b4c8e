package duckdb

import (
	"context"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/libs/journal"
)

// FillingTheDisk lets changes use up the last of the disk.
func (o Options) FillingTheDisk() Options {
	o.fillDisk = true
	return o
}

// Doubt is as if the commit of the piece up to a position had failed.
func (db *Database) Doubt(position journal.Position) { db.doubt = position }

// OnWriter runs a statement outside a transaction.
func (db *Database) OnWriter(ctx context.Context, statement string) error {
	return db.change(ctx, "test", func(ctx context.Context, conn *engine.Conn) error {
		_, err := conn.Exec(ctx, statement)
		return err
	})
}

// WeakEncryption uses the crypto of DuckDB itself, without an extension.
func WeakEncryption(key string) *Encryption {
	return &Encryption{Key: key, load: "SET force_mbedtls_unsafe = 'true'"}
}

// WithoutCrypto loads nothing.
func WithoutCrypto(key string) *Encryption { return &Encryption{Key: key, load: "SELECT 1"} }
