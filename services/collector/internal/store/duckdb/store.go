package duckdb

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

var errClosed = errors.New("the store is closed")

// Store is a [core.Store] in a DuckDB database.
//
// A change, once begun, runs to its end whatever becomes of its context.
// Queries wait for a slot and for memory as long as their context allows, and
// stop when it is done; changes wait for no query.
type Store struct {
	path    string
	options Options

	// mu is held shared while the database is used, and exclusively while it is
	// opened anew, closed, or has to be used alone.
	mu sync.RWMutex
	// open is nil when the database could not be opened anew, and when the
	// store is closed; guarded by mu.
	open   *connections
	closed bool

	// percentiles is the memory left for percentiles, in samples.
	percentiles *semaphore.Weighted
	density     density

	// doubt is the position of the last batch if nobody knows whether its commit
	// took effect; used by the writer only.
	doubt journal.Position
}

var _ core.Store = (*Store)(nil)

// Open opens the store in the file path and makes it when it is not there. Its
// folder must be. An older schema is brought up to date; a newer one is an
// error. A process opens a file once at a time; another process that has it
// open makes it an error. The caller closes the store.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if strings.Contains(path, "?") {
		return nil, fmt.Errorf("open store %s: choose a path without a question mark, DuckDB takes it for parameters", path)
	}
	o = o.withDefaults()
	s := &Store{path: path, options: o, percentiles: semaphore.NewWeighted(o.percentileSamples)}
	if err := s.reopen(ctx); err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	return s, nil
}

// reopen opens the database, anew when it is broken.
func (s *Store) reopen(ctx context.Context) error {
	s.mu.RLock()
	if s.open != nil {
		s.open.stop(errBroken)
	}
	s.mu.RUnlock()

	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.opened(ctx)
	return err
}

// opened returns the database, opened anew when it is broken; mu is locked.
func (s *Store) opened(ctx context.Context) (*connections, error) {
	if s.closed {
		return nil, errClosed
	}
	if s.open != nil && !s.open.broken.Load() {
		s.open.allowQueries()
		return s.open, nil
	}
	if s.open != nil {
		s.open.close()
		s.open = nil
	}
	open, err := connect(s.path, s.options)
	if err != nil {
		return nil, explain("open", err)
	}
	if err := s.prepare(ctx, open); err != nil {
		open.close()
		return nil, err
	}
	s.open = open
	return open, nil
}

// prepare brings the schema up to date, and makes the names of the files last.
func (s *Store) prepare(ctx context.Context, open *connections) error {
	writer := <-open.writer
	defer func() { open.writer <- writer }()
	if err := migrate(ctx, writer); err != nil {
		return explain("migrate", err)
	}
	for _, last := range []string{"PRAGMA disable_checkpoint_on_shutdown", "SET lock_configuration = true"} {
		if _, err := writer.Exec(ctx, last); err != nil {
			return err
		}
	}
	return syncFolderOf(s.path)
}

// Close stops the queries, waits for what is running, folds the log into the
// file where there is room for it, and closes the database.
func (s *Store) Close() error {
	s.mu.RLock()
	if s.open != nil {
		s.open.stop(errClosed)
	}
	s.mu.RUnlock()

	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open != nil && !s.open.broken.Load() {
		// What is not folded now is folded after the next opening.
		_ = s.checkpoint(context.Background())
	}
	s.closed = true
	if s.open != nil {
		s.open.close()
		s.open = nil
	}
	return nil
}
