package duckdb

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
)

// A checkpoint must not run beside a query: DuckDB 1.5.6 gives up deleted rows
// that a query which has just begun still has to see, and that query finds
// neither the old row nor the one in its place. So DuckDB makes none by
// itself, and this package makes them when it has the database alone.
const (
	// logLimit is the size of the log in bytes from which a change folds it into
	// the file if no query runs. Rows that are only in the log are held
	// uncompressed in memory.
	logLimit = 16 << 20
	// logHardLimit is the size from which queries are stopped for it.
	logHardLimit = 8 * logLimit
	// checkpointPatience is how long Checkpoint waits for queries to end.
	checkpointPatience = 5 * time.Second
	checkpointInterval = 5 * time.Millisecond
)

// Checkpoint folds the log into the file and gives up what deletions left
// there. It waits up to 5 s for the queries to end and then stops them; they
// are tried again after it.
func (db *Database) Checkpoint(ctx context.Context) error {
	if err := db.lockBetweenQueries(ctx); err != nil {
		return err
	}
	defer db.mu.Unlock()
	return db.checkpoint(ctx)
}

// lockBetweenQueries locks mu without keeping changes and queries waiting for
// those that run.
func (db *Database) lockBetweenQueries(ctx context.Context) error {
	patience, cancel := context.WithTimeout(ctx, checkpointPatience)
	defer cancel()
	ticker := time.NewTicker(checkpointInterval)
	defer ticker.Stop()
	for !db.mu.TryLock() {
		select {
		case <-ticker.C:
		case <-patience.Done():
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			db.lockAlone()
			return nil
		}
	}
	return nil
}

// lockAlone stops the queries and locks mu.
func (db *Database) lockAlone() {
	db.stopQueries(errMakeRoom)
	db.mu.Lock()
	if db.open != nil {
		db.open.allowQueries()
	}
}

// foldLog makes a checkpoint when the log has grown large.
func (db *Database) foldLog(ctx context.Context) error {
	size, err := db.logSize()
	if err != nil || size < logLimit {
		return err
	}
	if size > logHardLimit {
		db.lockAlone()
	} else if !db.mu.TryLock() {
		return nil
	}
	defer db.mu.Unlock()
	return db.checkpoint(ctx)
}

func (db *Database) logSize() (int64, error) {
	info, err := os.Stat(db.path + ".wal")
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// checkpoint makes one; mu is locked.
func (db *Database) checkpoint(ctx context.Context) error {
	// One that fails half-way can bring down the process.
	if err := db.needRoom(0); err != nil {
		return explain("checkpoint", err)
	}
	open, err := db.opened(ctx)
	if err != nil {
		return err
	}
	err = changeOn(ctx, open, func(ctx context.Context, conn *engine.Conn) error {
		_, err := conn.Exec(ctx, "CHECKPOINT")
		return err
	})
	return explain("checkpoint", errors.Join(err, syncFolderOf(db.path)))
}
