package duckdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/sluice-ingest/sluice/services/collector/internal/core"
	"github.com/sluice-ingest/sluice/services/collector/internal/store/duckdb/internal/engine"
)

// errMakeRoom ends the queries when a change needs their memory, or a
// checkpoint their absence.
var errMakeRoom = errors.New("the query was stopped twice to make room for changes")

// work is what is done on a connection.
type work func(ctx context.Context, conn *engine.Conn) error

func lookups(c *connections) chan *engine.Conn { return c.lookups }
func queries(c *connections) chan *engine.Conn { return c.queries }

// read does work on a connection of a pool when it is its turn. When the
// database breaks meanwhile, or a change needed the memory, the work is done
// once more.
func (s *Store) read(
	ctx context.Context, doing string, pool func(*connections) chan *engine.Conn, do work,
) error {
	err := s.readOnce(ctx, pool, do)
	if engine.Is(err, engine.Invalid) || errors.Is(err, errBroken) || errors.Is(err, errMakeRoom) {
		err = s.readOnce(ctx, pool, do)
	}
	if engine.Is(err, engine.OutOfMemory) || errors.Is(err, errMakeRoom) {
		err = fmt.Errorf("%w: %w", core.ErrQueryTooLarge, err)
	}
	return explain(doing, err)
}

func (s *Store) readOnce(ctx context.Context, pool func(*connections) chan *engine.Conn, do work) error {
	open, err := s.borrow(ctx)
	if err != nil {
		return err
	}
	defer s.mu.RUnlock()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(open.queried, func() { cancel(context.Cause(open.queried)) })
	defer stop()
	err = useOne(ctx, pool(open), do)
	if engine.Is(err, engine.Invalid) {
		open.broken.Store(true)
	}
	return err
}

// borrow returns the database with mu held shared, opened anew if it is broken.
func (s *Store) borrow(ctx context.Context) (*connections, error) {
	for {
		s.mu.RLock()
		if s.closed {
			s.mu.RUnlock()
			return nil, errClosed
		}
		if s.open != nil && !s.open.broken.Load() {
			return s.open, nil
		}
		s.mu.RUnlock()
		if err := s.reopen(ctx); err != nil {
			return nil, err
		}
	}
}

// useOne takes a connection out of its pool for some work.
func useOne(ctx context.Context, pool chan *engine.Conn, do work) error {
	select {
	case conn := <-pool:
		defer func() { pool <- conn }()
		return do(ctx, conn)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// change does work on the writer's connection. When memory is short, it stops
// the queries and does it once more, alone.
func (s *Store) change(ctx context.Context, doing string, do work) error {
	err := s.changeBeside(ctx, do)
	if engine.Is(err, engine.OutOfMemory) {
		err = s.changeAlone(ctx, do)
	}
	return explain(doing, err)
}

func (s *Store) changeBeside(ctx context.Context, do work) error {
	open, err := s.borrow(ctx)
	if err != nil {
		return err
	}
	defer s.mu.RUnlock()
	return s.changeOn(ctx, open, do)
}

func (s *Store) changeAlone(ctx context.Context, do work) error {
	s.lockAlone()
	defer s.mu.Unlock()
	open, err := s.opened(ctx)
	if err != nil {
		return err
	}
	return s.changeOn(ctx, open, do)
}

func (s *Store) changeOn(ctx context.Context, open *connections, do work) error {
	return useOne(ctx, open.writer, func(ctx context.Context, conn *engine.Conn) error {
		ctx = context.WithoutCancel(ctx)
		err := do(ctx, conn)
		if err != nil && !answers(ctx, conn) {
			open.broken.Store(true)
		}
		return err
	})
}

// answers tells whether the database can be used. After some errors that
// concern its files DuckDB answers nothing any more.
func answers(ctx context.Context, conn *engine.Conn) bool {
	_, err := conn.Exec(ctx, readPosition)
	return err == nil
}

// transact is change with a transaction, which is durable when it returns.
// It needs room for so many bytes on the disk.
func (s *Store) transact(ctx context.Context, doing string, room int64, do work) error {
	if err := s.needRoom(room); err != nil && !s.options.fillDisk {
		return explain(doing, err)
	}
	err := s.change(ctx, doing, func(ctx context.Context, conn *engine.Conn) error {
		return inTransaction(ctx, conn, func(ctx context.Context) error { return do(ctx, conn) })
	})
	if err != nil {
		return err
	}
	if err := syncFolderOf(s.path); err != nil {
		return explain(doing, err)
	}
	// The change is durable: what a checkpoint fails at is the next one's affair.
	_ = s.foldLog(context.WithoutCancel(ctx))
	return nil
}
