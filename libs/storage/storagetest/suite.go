// Package storagetest is the suite of what every store that takes a journal in
// promises about its position and its producers.
package storagetest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/quota"
)

// Store is the part of a store that the suite is about.
type Store interface {
	// Position returns how much of the journal the store has taken in: 0 when
	// it is new.
	Position(ctx context.Context) (journal.Position, error)
	// Producer returns what is known of a producer, or nil.
	Producer(ctx context.Context, key producer.Key) (*producer.State, error)
	// ForgetProducers forgets the producers whose last record is before the
	// given time, and the receipts from before the other.
	ForgetProducers(ctx context.Context, idleSince, receiptsBefore time.Time) (int, error)
	// Arrived returns what arrived on a day and after it, in no order.
	Arrived(ctx context.Context, since quota.Day) ([]quota.Arrived, error)

	// Close closes the store.
	Close() error
}

// Put takes a piece of the journal in that has no rows.
type Put func(ctx context.Context, position journal.Position, states []producer.State, arrived []quota.Arrived) error

// Open opens the store of a folder, and makes it when the folder is empty. The
// suite closes it, and opens it again only after that.
type Open func(t *testing.T, dir string) (Store, Put)

// Run runs the suite, each contract in a folder of its own.
func Run(t *testing.T, open Open) {
	t.Helper()
	for name, check := range map[string]func(t *testing.T, f *fixture){
		"The_position_moves":                            positionMoves,
		"A_producer_comes_back_as_it_was":               producerComesBack,
		"A_changed_producer_takes_the_old_one's_place":  producerIsReplaced,
		"Producers_differ_by_tenant_subject_and_name":   producersDiffer,
		"Idle_producers_and_old_receipts_are_forgotten": producersAreForgotten,
		"What_arrives_adds_up_by_tenant_and_day":        arrivedAddsUp,
		"Days_long_past_are_forgotten":                  daysAreForgotten,
	} {
		t.Run(name, func(t *testing.T) {
			f := &fixture{t: t, dir: t.TempDir(), opener: open}
			f.open()
			t.Cleanup(f.close)
			check(t, f)
		})
	}
}

// fixture is a store under test.
type fixture struct {
	Store

	t      *testing.T
	dir    string
	opener Open
	take   Put
	// position of the last piece.
	position journal.Position
}

func (f *fixture) open() { f.Store, f.take = f.opener(f.t, f.dir) }

func (f *fixture) close() { require.NoError(f.t, f.Close()) }

// reopen closes the store and opens it again.
func (f *fixture) reopen() {
	f.t.Helper()
	f.close()
	f.open()
}

func (f *fixture) put(states ...producer.State) {
	f.t.Helper()
	f.position += 100
	require.NoError(f.t, f.take(f.t.Context(), f.position, states, nil))
}

func (f *fixture) requirePosition() {
	f.t.Helper()
	position, err := f.Position(f.t.Context())
	require.NoError(f.t, err)
	require.Equal(f.t, f.position, position)
}

func (f *fixture) requireProducer(want *producer.State, key producer.Key) {
	f.t.Helper()
	got, err := f.Producer(f.t.Context(), key)
	require.NoError(f.t, err)
	require.Equal(f.t, want, got)
}
