package duckdb

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/quota"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/store/duckdb/internal/block"
)

// Store is a [core.Store] in a DuckDB database.
type Store struct {
	db      *duckdb.Database
	options duckdb.Options
	codec   *block.Codec
	// writers are as many as may work at once.
	writers chan *block.Writer
	// changing is held while blocks are written or deleted, which is the
	// applier's affair alone, so that a misuse waits instead of mixing up blocks.
	changing sync.Mutex
}

var _ core.Store = (*Store)(nil)

// Open opens the store in the file path and makes it when it is not there; see
// [duckdb.Open]. The caller closes the store.
func Open(ctx context.Context, path string, o duckdb.Options) (*Store, error) {
	o = o.WithDefaults()
	codec, err := block.NewCodec(o.Threads)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	db, err := duckdb.Open(ctx, path, schema(), o)
	if err != nil {
		codec.Close()
		return nil, err
	}
	s := &Store{db: db, options: o, codec: codec, writers: make(chan *block.Writer, o.Threads)}
	for range o.Threads {
		s.writers <- block.NewWriter(codec)
	}
	return s, nil
}

// Close stops the queries, waits for what is running, folds the log into the
// file where there is room for it, and closes the database.
func (s *Store) Close() error {
	err := s.db.Close()
	s.codec.Close()
	return err
}

// Position returns how much of the journal the store has taken in.
func (s *Store) Position(ctx context.Context) (journal.Position, error) { return s.db.Position(ctx) }

// LastEntryID returns the highest ID that the store has ever seen.
func (s *Store) LastEntryID(ctx context.Context) (int64, error) { return s.db.Counter(ctx, lastEntry) }

// Producer returns what is known of a producer, or nil.
func (s *Store) Producer(ctx context.Context, key producer.Key) (*producer.State, error) {
	return s.db.Producer(ctx, key)
}

// Arrived returns what arrived on a day and after it.
func (s *Store) Arrived(ctx context.Context, since quota.Day) ([]quota.Arrived, error) {
	return s.db.Arrived(ctx, since)
}

// ForgetProducers forgets producers that are idle and receipts that are old.
func (s *Store) ForgetProducers(ctx context.Context, idleSince, receiptsBefore time.Time) (int, error) {
	return s.db.ForgetProducers(ctx, idleSince, receiptsBefore)
}

// Checkpoint folds the log into the file and gives up what deletions left
// there.
func (s *Store) Checkpoint(ctx context.Context) error { return s.db.Checkpoint(ctx) }

// Tenants returns those that have entries, in ascending order.
func (s *Store) Tenants(ctx context.Context) (tenants []string, err error) {
	err = s.db.Read(ctx, "read the tenants", func(ctx context.Context, conn *engine.Conn) error {
		rows, err := conn.Query(ctx, "SELECT DISTINCT tenant FROM blocks ORDER BY tenant")
		if err != nil {
			return err
		}
		defer rows.Close()
		tenants = nil
		for rows.Next() {
			tenants = append(tenants, rows.Texts(0)...)
		}
		return nil
	})
	return tenants, err
}
