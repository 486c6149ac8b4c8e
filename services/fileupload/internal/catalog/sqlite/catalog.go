// Package sqlite keeps the catalog of uploads and files in one SQLite
// database.
//
// The database is in WAL mode with synchronous=FULL: a commit is in the synced
// log before a method returns. One connection writes, a few read beside it.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// readers is the number of connections that read. Reading is short and needs a
// processor, so more would only wait for each other.
const readers = 4

// Catalog is a [core.Catalog] in an SQLite database.
//
// A change waits for its turn as long as its context allows. Once begun it runs
// to its end, so that an error of the context means that nothing was changed.
// Changes that come while others are committed share one commit.
type Catalog struct {
	writer, reader *sql.DB
	statements     statements
	// changes brings what is to be changed to the one goroutine that does. It ends
	// when closing is closed, and closes written.
	changes          chan *change
	closing, written chan struct{}
}

var _ core.Catalog = (*Catalog)(nil)

// Open opens the catalog in the file path and makes it, with the mode 0600,
// when it is not there. Its folder must be. An older schema is brought up to
// date; a newer one is an error. The caller closes the catalog.
func Open(ctx context.Context, path string) (*Catalog, error) {
	c := &Catalog{changes: make(chan *change), closing: make(chan struct{}), written: make(chan struct{})}
	go c.write()
	if err := c.open(ctx, path); err != nil {
		return nil, errors.Join(fmt.Errorf("open catalog %s: %w", path, err), c.Close())
	}
	return c, nil
}

func (c *Catalog) open(ctx context.Context, path string) error {
	if err := makeFile(path); err != nil {
		return err
	}
	var err error
	if c.writer, err = openPool(path, writerParameters, 1); err != nil {
		return err
	}
	if err := migrate(ctx, c.writer); err != nil {
		return explain("migrate", err)
	}
	// SQLite has made its log by now; its name has to last as well.
	if err := syncFolderOf(path); err != nil {
		return err
	}
	if c.reader, err = openPool(path, readerParameters, readers); err != nil {
		return err
	}
	return c.statements.prepare(ctx, c.writer, c.reader)
}

// Close waits for what is running and releases the database. Closing folds the
// log into the file.
func (c *Catalog) Close() error {
	close(c.closing)
	<-c.written
	errs := []error{c.statements.close()}
	for _, pool := range []*sql.DB{c.reader, c.writer} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}
