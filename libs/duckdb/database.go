package duckdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/sluice-ingest/sluice/libs/journal"
)

var errClosed = errors.New("the store is closed")

// Database is an open database. It is safe for concurrent use; changes are made
// one at a time.
//
// A change, once begun, runs to its end whatever becomes of its context.
// Queries wait for a slot as long as their context allows, and stop when it is
// done; changes wait for no query.
type Database struct {
	path    string
	schema  Schema
	options Options

	// mu is held shared while the database is used, and exclusively while it is
	// opened anew, closed, or has to be used alone.
	mu sync.RWMutex
	// open is nil when the database could not be opened anew, and when it is
	// closed; guarded by mu.
	open   *connections
	closed bool

	// doubt is the position of the last piece of the journal if nobody knows
	// whether its commit took effect; used by ApplyOnce only.
	doubt journal.Position
}

// Open opens the database in the file path and makes it when it is not there.
// Its folder must be. An older schema is brought up to date; a newer one is an
// error. A process opens a file once at a time; another process that has it
// open makes it an error. The caller closes the database.
func Open(ctx context.Context, path string, schema Schema, o Options) (*Database, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if strings.Contains(path, "?") {
		return nil, fmt.Errorf("open store %s: choose a path without a question mark, DuckDB takes it for parameters", path)
	}
	// What a process that was killed has left there.
	if err := os.RemoveAll(spillFolder(path)); err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	db := &Database{path: path, schema: schema, options: o.WithDefaults()}
	if err := db.reopen(ctx); err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	return db, nil
}

// reopen opens the database, anew when it is broken.
func (db *Database) reopen(ctx context.Context) error {
	db.stopQueries(errBroken)
	db.mu.Lock()
	defer db.mu.Unlock()
	_, err := db.opened(ctx)
	return err
}

// stopQueries stops the queries that run, and those that begin until mu was
// locked.
func (db *Database) stopQueries(cause error) {
	db.mu.RLock()
	defer db.mu.RUnlock()
	if db.open != nil {
		db.open.stop(cause)
	}
}

// opened returns the database, opened anew when it is broken; mu is locked.
func (db *Database) opened(ctx context.Context) (*connections, error) {
	if db.closed {
		return nil, errClosed
	}
	if db.open != nil && !db.open.broken.Load() {
		db.open.allowQueries()
		return db.open, nil
	}
	if db.open != nil {
		db.open.close()
		db.open = nil
	}
	open, err := connect(db.path, db.options)
	if err != nil {
		return nil, explain("open", err)
	}
	if err := db.prepare(ctx, open); err != nil {
		open.close()
		return nil, err
	}
	db.open = open
	return open, nil
}

// prepare brings the schema up to date, and makes the names of the files last.
func (db *Database) prepare(ctx context.Context, open *connections) error {
	writer := <-open.writer
	defer func() { open.writer <- writer }()
	if err := db.schema.migrate(ctx, writer); err != nil {
		return explain("migrate", err)
	}
	for _, last := range []string{"PRAGMA disable_checkpoint_on_shutdown", "SET lock_configuration = true"} {
		if _, err := writer.Exec(ctx, last); err != nil {
			return err
		}
	}
	return syncFolderOf(db.path)
}

// Close stops the queries, waits for what is running, folds the log into the
// file where there is room for it, and closes the database.
func (db *Database) Close() error {
	db.stopQueries(errClosed)
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.open != nil && !db.open.broken.Load() {
		// What is not folded now is folded after the next opening.
		_ = db.checkpoint(context.Background())
	}
	db.closed = true
	if db.open != nil {
		db.open.close()
		db.open = nil
	}
	return nil
}
