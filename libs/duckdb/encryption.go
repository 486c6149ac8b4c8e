package duckdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
)

// Encryption makes DuckDB encrypt the file, its log, and what queries spill. A
// file is encrypted from its beginning or never.
type Encryption struct {
	// Key is any text; the same opens the file again. It is in no error.
	Key string
	// Extension is the file of DuckDB's extension httpfs, of the same version as
	// DuckDB, which has the crypto. It is the only code that is loaded.
	Extension string

	// load, unless empty, is run instead of loading the extension.
	load string
}

// NewEncryption returns an encryption, or nil without a key.
func NewEncryption(key, extension string) *Encryption {
	if key == "" {
		return nil
	}
	return &Encryption{Key: key, Extension: extension}
}

// attached is the name of the encrypted database in DuckDB.
const attached = "store"

// openDatabase opens the file of a store.
func openDatabase(path string, o Options) (*engine.Database, error) {
	if o.Encryption == nil {
		return engine.Open(path, append(o.settings(path), lockedIn))
	}
	if err := o.Encryption.check(); err != nil {
		return nil, err
	}
	// Only an attached file takes a key.
	db, err := engine.Open(":memory:", o.settings(path))
	if err != nil {
		return nil, err
	}
	if err := attach(db, path, o.Encryption); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

func (e *Encryption) check() error {
	if e.load != "" {
		return nil
	}
	info, err := os.Stat(e.Extension)
	switch {
	case err != nil:
		return fmt.Errorf("the DuckDB extension can't be read: name the file of httpfs: %w", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("the DuckDB extension %s is no file: name the file of httpfs", e.Extension)
	}
	return nil
}

// attach loads the extension and opens the file, and then locks the database up.
func attach(db *engine.Database, path string, e *Encryption) error {
	conn, err := db.Connect()
	if err != nil {
		return err
	}
	defer conn.Close()
	load := e.load
	if load == "" {
		load = "LOAD " + quote(e.Extension)
	}
	steps := []struct{ doing, statement string }{
		{"load the DuckDB extension " + e.Extension, load},
		{"encrypt what queries spill", "SET temp_file_encryption = true"},
		{"open it encrypted", fmt.Sprintf("ATTACH %s AS %s (ENCRYPTION_KEY %s)", quote(path), attached, quote(e.Key))},
		{"lock it up", fmt.Sprintf("SET %s = %s", lockedIn.Name, lockedIn.Value)},
	}
	for _, step := range steps {
		if _, err := conn.Exec(context.Background(), step.statement); err != nil {
			return fmt.Errorf("%s: %w", step.doing, e.withoutKey(err))
		}
	}
	return nil
}

// withoutKey returns the error, or another one if DuckDB has put the statement
// with the key into it.
func (e *Encryption) withoutKey(err error) error {
	if strings.Contains(err.Error(), e.Key) {
		return errors.New("DuckDB did not take the statement")
	}
	return err
}

// use makes a connection work on the encrypted database.
func (e *Encryption) use(conn *engine.Conn) error {
	if e == nil {
		return nil
	}
	_, err := conn.Exec(context.Background(), "USE "+attached)
	return err
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
