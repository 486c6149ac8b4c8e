package storetest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

var sharedContracts = []contract{
	{"Reads_beside_changes_see_whole_batches", readsSeeWholeBatches},
	{"Position_and_content_move_together", positionAndContentMoveTogether},
	{"A_cancelled_query_ends", cancelledQueryEnds},
	{"A_change_under_a_cancelled_context_is_done_or_not", cancelledChange},
}

// Every batch replaces both samples: they never differ.
func readsSeeWholeBatches(t *testing.T, f *fixture) {
	const batches = 60
	both := core.Range{Series: []core.SeriesID{1, 2}, Start: always, End: forever}
	f.apply([]core.SeriesID{1, 2}, nil, point{1, 5, 0}, point{2, 5, 0})
	ctx, done := context.WithCancel(t.Context())
	defer done()
	group, ctx := errgroup.WithContext(ctx)
	reads := make(chan core.Samples, 1_000_000)
	for range 3 {
		group.Go(func() error {
			for ctx.Err() == nil {
				samples, err := f.ReadSamples(context.WithoutCancel(ctx), both, nil, 10)
				if err != nil {
					return err
				}
				reads <- samples
			}
			return nil
		})
	}
	group.Go(func() error { return f.checkpointUntil(ctx) })
	for i := range batches {
		f.apply(nil, []int{0, 1}, point{1, 5, float64(i)}, point{2, 5, float64(i)})
	}
	done()
	require.NoError(t, group.Wait())
	close(reads)
	for samples := range reads {
		require.Equal(t, []core.SeriesID{1, 2}, samples.Series)
		require.InDelta(t, samples.Values[0], samples.Values[1], 0)
	}
}

func (f *fixture) checkpointUntil(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := f.Checkpoint(context.WithoutCancel(ctx)); err != nil {
			return err
		}
	}
	return nil
}

// The count of samples, of series and the producer's sequence all say what the
// position says, before and after reopening.
func positionAndContentMoveTogether(t *testing.T, f *fixture) {
	key := producer.Key{Tenant: "a", ProducerID: "p"}
	for i := int64(1); i <= 20; i++ {
		state := producer.State{Key: key, Sequence: i, Counts: map[int32]int64{0: i}}
		batch := &core.Batch{
			Position: journal.Position(10 * i), Series: numbered(core.SeriesID(i)),
			Samples: columns([]point{{core.SeriesID(i), i, 1}}), Producers: []producer.State{state},
		}
		require.NoError(t, f.Apply(t.Context(), batch))
		if i%5 == 0 {
			f.reopen()
		}
		stored, err := f.Producer(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, &state, stored)
		series, _ := f.listed()
		require.Len(t, series, int(i))
		require.Equal(t, batch.Position, f.positionNow())
	}
}

func cancelledQueryEnds(t *testing.T, f *fixture) {
	f.apply([]core.SeriesID{1}, nil, point{1, 5, 0})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.ReadSamples(ctx, core.Range{Series: []core.SeriesID{1}, Start: always, End: forever}, nil, 1)
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, f.all(1), 1)
}

func cancelledChange(t *testing.T, f *fixture) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := f.Apply(ctx, &core.Batch{Position: 1, Samples: columns([]point{{1, 5, 0}})})
	if err != nil {
		require.ErrorIs(t, err, context.Canceled)
		require.Zero(t, f.positionNow())
		require.Empty(t, f.all(1))
		return
	}
	require.EqualValues(t, 1, f.positionNow())
	require.Len(t, f.all(1), 1)
}
