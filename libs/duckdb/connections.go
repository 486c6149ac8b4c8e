package duckdb

import (
	"context"
	"sync/atomic"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
)

// connections are an open database and the connections to it. A pool's length
// is how many may use it at once.
type connections struct {
	db *engine.Database
	// writer has the one connection that changes something, lookups the one for
	// what never takes long, and queries those for the rest.
	writer, lookups, queries pool

	// queried ends when the queries have to stop; its cause says why. It is
	// another one once they may begin again.
	queried context.Context
	stop    context.CancelCauseFunc
	// broken is true when the database can't be used any more.
	broken atomic.Bool
}

func connect(path string, o Options) (*connections, error) {
	db, err := openDatabase(path, o)
	if err != nil {
		return nil, err
	}
	c := &connections{db: db}
	c.allowQueries()
	c.writer, c.lookups = make(chan *engine.Conn, 1), make(chan *engine.Conn, 1)
	c.queries = make(chan *engine.Conn, o.QuerySlots)
	for _, pool := range []pool{c.writer, c.lookups, c.queries} {
		if err := c.fill(pool, o.Encryption); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

func (c *connections) allowQueries() {
	c.queried, c.stop = context.WithCancelCause(context.Background())
}

func (c *connections) fill(pool pool, e *Encryption) error {
	for range cap(pool) {
		conn, err := c.db.Connect()
		if err != nil {
			return err
		}
		pool <- conn
		if err := e.use(conn); err != nil {
			return err
		}
	}
	return nil
}

// close closes the database, which nobody uses any more.
func (c *connections) close() {
	c.stop(errClosed)
	for _, pool := range []pool{c.writer, c.lookups, c.queries} {
		for range len(pool) {
			(<-pool).Close()
		}
	}
	c.db.Close()
}
