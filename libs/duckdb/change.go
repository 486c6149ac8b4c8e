package duckdb

import (
	"context"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
)

// Change does work in a transaction, all of it or nothing, which is durable
// when Change returns. It takes room bytes on the disk, at most, and is refused
// with a [storage.ErrFull] when those are not free; doing says in errors what
// was being done. When memory is short, the queries are stopped and the work is
// done once more. After an error of the commit nobody knows whether it took
// effect.
func (db *Database) Change(ctx context.Context, doing string, room int64, work Work) error {
	if err := db.needRoom(room); err != nil && !db.options.fillDisk {
		return explain(doing, err)
	}
	err := db.change(ctx, doing, func(ctx context.Context, conn *engine.Conn) error {
		return inTransaction(ctx, conn, func(ctx context.Context) error { return work(ctx, conn) })
	})
	if err != nil {
		return err
	}
	if err := syncFolderOf(db.path); err != nil {
		return explain(doing, err)
	}
	// The change is durable: what a checkpoint fails at is the next one's affair.
	_ = db.foldLog(context.WithoutCancel(ctx))
	return nil
}

// change does work on the writer's connection. When memory is short, it stops
// the queries and does it once more, alone.
func (db *Database) change(ctx context.Context, doing string, work Work) error {
	err := db.changeBeside(ctx, work)
	if engine.Is(err, engine.OutOfMemory) {
		err = db.changeAlone(ctx, work)
	}
	return explain(doing, err)
}

func (db *Database) changeBeside(ctx context.Context, work Work) error {
	open, err := db.borrow(ctx)
	if err != nil {
		return err
	}
	defer db.mu.RUnlock()
	return changeOn(ctx, open, work)
}

func (db *Database) changeAlone(ctx context.Context, work Work) error {
	db.lockAlone()
	defer db.mu.Unlock()
	open, err := db.opened(ctx)
	if err != nil {
		return err
	}
	return changeOn(ctx, open, work)
}

func changeOn(ctx context.Context, open *connections, work Work) error {
	return useOne(ctx, open.writer, func(ctx context.Context, conn *engine.Conn) error {
		ctx = context.WithoutCancel(ctx)
		err := work(ctx, conn)
		if err != nil && !answers(ctx, conn) {
			open.broken.Store(true)
		}
		return err
	})
}

// answers tells whether the database can be used. After some errors that
// concern its files DuckDB answers nothing any more.
func answers(ctx context.Context, conn *engine.Conn) bool {
	_, err := conn.Exec(ctx, readVersion)
	return err == nil
}
