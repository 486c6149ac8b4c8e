package duckdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/libs/storage"
)

// errMakeRoom ends the queries when a change needs their memory, or a
// checkpoint their absence.
var errMakeRoom = errors.New("the query was stopped twice to make room for changes")

// Work is what is done on a connection, which is the work's own until it
// returns. It may be done twice, and begins from nothing each time.
type Work func(ctx context.Context, conn *engine.Conn) error

// Read does work that only reads, when one of the slots is free. When the
// database breaks meanwhile, or a change needed the memory, the work is done
// once more. A query that does not fit into the memory is a
// [storage.ErrQueryTooLarge]; doing says in errors what was being done.
func (db *Database) Read(ctx context.Context, doing string, work Work) error {
	return db.read(ctx, doing, queries, work)
}

// Lookup is Read for work that never takes long. It waits for no slot of the
// queries.
func (db *Database) Lookup(ctx context.Context, doing string, work Work) error {
	return db.read(ctx, doing, lookups, work)
}

type pool = chan *engine.Conn

func lookups(c *connections) pool { return c.lookups }
func queries(c *connections) pool { return c.queries }

func (db *Database) read(ctx context.Context, doing string, of func(*connections) pool, work Work) error {
	err := db.readOnce(ctx, of, work)
	if engine.Is(err, engine.Invalid) || errors.Is(err, errBroken) || errors.Is(err, errMakeRoom) {
		err = db.readOnce(ctx, of, work)
	}
	if engine.Is(err, engine.OutOfMemory) || errors.Is(err, errMakeRoom) {
		err = fmt.Errorf("%w: %w", storage.ErrQueryTooLarge, err)
	}
	return explain(doing, err)
}

func (db *Database) readOnce(ctx context.Context, of func(*connections) pool, work Work) error {
	open, err := db.borrow(ctx)
	if err != nil {
		return err
	}
	defer db.mu.RUnlock()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queried := open.queried // another one after mu was given back
	stop := context.AfterFunc(queried, func() { cancel(context.Cause(queried)) })
	defer stop()
	err = useOne(ctx, of(open), work)
	if engine.Is(err, engine.Invalid) {
		open.broken.Store(true)
	}
	return err
}

// borrow returns the database with mu held shared, opened anew if it is broken.
func (db *Database) borrow(ctx context.Context) (*connections, error) {
	for {
		db.mu.RLock()
		if db.closed {
			db.mu.RUnlock()
			return nil, errClosed
		}
		if db.open != nil && !db.open.broken.Load() {
			return db.open, nil
		}
		db.mu.RUnlock()
		if err := db.reopen(ctx); err != nil {
			return nil, err
		}
	}
}

// useOne takes a connection out of its pool for some work.
func useOne(ctx context.Context, from pool, work Work) error {
	select {
	case conn := <-from:
		defer func() { from <- conn }()
		return work(ctx, conn)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
