// Package postgres keeps the catalog of uploads and files in a PostgreSQL
// database, version 15 or newer, which several replicas may share.
//
// Transactions are READ COMMITTED. What must not happen side by side waits at a
// lock: adding and removing files of one content, and using more of one tenant's
// quota; see lock.go.
package postgres

import (
	"cmp"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// Catalog is a [core.Catalog] in a PostgreSQL database.
//
// A change whose session is lost, or that is the victim of a deadlock, is tried
// again for 10 s, unless its commit was under way: then the error says that its
// outcome is unknown. An error of the context means that nothing was changed.
type Catalog struct {
	pool     *pgxpool.Pool
	timeouts timeouts
}

var _ core.Catalog = (*Catalog)(nil)

// Open opens the catalog in the database that url names, which may also be a
// string of keywords and values, and makes its tables when they are not there. An
// older schema is brought up to date; a newer one is an error. Several replicas
// may do this at once.
//
// The parameters of url that libpq knows are heeded, settings of the sessions, and
// pool_max_conns, by default 16. Other defaults are connect_timeout 10 s,
// statement_timeout 30 s, lock_timeout 10 s, idle_in_transaction_session_timeout
// 60 s and synchronous_commit on, without which a commit may be lost. The caller
// closes the catalog.
func Open(ctx context.Context, url string) (*Catalog, error) {
	config, err := parse(url)
	if err != nil {
		return nil, fmt.Errorf("open catalog: %w", err)
	}
	c := &Catalog{timeouts: defaultTimeouts()}
	if c.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("open catalog: %w", err)
	}
	if err := c.prepare(ctx, config); err != nil {
		c.pool.Close()
		database := cmp.Or(config.ConnConfig.Database, config.ConnConfig.User)
		return nil, fmt.Errorf("open catalog %s on %s: %w", database, config.ConnConfig.Host, onOneLine(err))
	}
	return c, nil
}

// prepare waits until the database can be reached, and brings the schema up to
// date.
func (c *Catalog) prepare(ctx context.Context, config *pgxpool.Config) error {
	if err := c.retry(ctx, c.pool.Ping); err != nil {
		return err
	}
	return migrate(ctx, config.ConnConfig)
}

// Close waits for what is running and closes the sessions.
func (c *Catalog) Close() error {
	c.pool.Close()
	return nil
}
