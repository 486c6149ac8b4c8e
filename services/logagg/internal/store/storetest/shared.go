package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

var sharedContracts = []contract{
	{"Reads_beside_changes_see_whole_batches", readsSeeWholeBatches},
	{"Position_and_content_move_together", positionAndContentMoveTogether},
	{"A_cancelled_query_ends", cancelledQueryEnds},
	{"A_change_under_a_cancelled_context_is_done_or_not", cancelledChange},
}

var errTorn = errors.New("a part of a batch was seen")

// Every batch has 10 entries, and every deletion takes 10.
func readsSeeWholeBatches(t *testing.T, f *fixture) {
	f.apply(make([]entry.Entry, 10)...)
	ctx, done := context.WithCancel(t.Context())
	defer done()
	var group errgroup.Group
	for range 2 {
		group.Go(func() error {
			for ctx.Err() == nil {
				if err := f.countTens(context.WithoutCancel(ctx)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	group.Go(func() error {
		for ctx.Err() == nil {
			if err := f.Checkpoint(context.WithoutCancel(ctx)); err != nil {
				return err
			}
		}
		return nil
	})
	for i := 1; i <= 60; i++ {
		entries := make([]entry.Entry, 10)
		for j := range entries {
			entries[j].Timestamp = int64(i)
		}
		f.apply(entries...)
		if i%3 == 0 {
			filter := core.Filter{Start: int64(i), End: int64(i) + 1}
			f.delete(tenant, &filter)
		}
	}
	done()
	require.NoError(t, group.Wait())
	f.requireAll(tenant)
}

func (f *fixture) countTens(ctx context.Context) error {
	rows, err := f.Count(ctx, &core.Count{Tenant: tenant, Filter: all()}, 1)
	if err != nil {
		return err
	}
	if len(rows) != 1 || rows[0].Count%10 != 0 {
		return fmt.Errorf("%w: %+v", errTorn, rows)
	}
	found, _, err := f.Search(ctx, &core.Search{Tenant: tenant, Filter: all(), Limit: 100_000, Bytes: 1 << 20})
	if err == nil && len(found)%10 != 0 {
		return fmt.Errorf("%w: %d entries", errTorn, len(found))
	}
	return err
}

// The entries and the producer's sequence say what the position says, before
// and after reopening.
func positionAndContentMoveTogether(t *testing.T, f *fixture) {
	key := producer.Key{Tenant: tenant, ProducerID: "p"}
	for i := int64(1); i <= 20; i++ {
		state := producer.State{Key: key, Epoch: 3, Sequence: i}
		row := core.Row{Tenant: tenant, Entry: entry.Entry{ID: i, Timestamp: i}}
		batch := &core.Batch{Position: journal.Position(10 * i), Rows: []core.Row{row}, Producers: []producer.State{state}}
		require.NoError(t, f.Apply(t.Context(), batch))
		f.rows = append(f.rows, row)
		if i%5 == 0 {
			f.reopen()
		}
		stored, err := f.Producer(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, &state, stored)
		f.requireAll(tenant)
		require.Equal(t, batch.Position, f.positionNow())
	}
}

func cancelledQueryEnds(t *testing.T, f *fixture) {
	f.apply(entry.Entry{Timestamp: 5})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := f.Search(ctx, &core.Search{Tenant: tenant, Filter: all(), Limit: 1, Bytes: 1})
	require.ErrorIs(t, err, context.Canceled)
	_, err = f.Count(ctx, &core.Count{Tenant: tenant, Filter: all()}, 1)
	require.ErrorIs(t, err, context.Canceled)
	f.requireAll(tenant)
}

func cancelledChange(t *testing.T, f *fixture) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	row := core.Row{Tenant: tenant, Entry: entry.Entry{ID: 1, Timestamp: 5}}
	err := f.Apply(ctx, &core.Batch{Position: 1, Rows: []core.Row{row}})
	if err != nil {
		require.ErrorIs(t, err, context.Canceled)
		require.Zero(t, f.positionNow())
		f.requireAll(tenant)
		return
	}
	require.EqualValues(t, 1, f.positionNow())
	f.rows = append(f.rows, row)
	f.requireAll(tenant)
}
