package journaled

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/ingest/frames"
	"github.com/sluice-ingest/sluice/libs/producer"
)

// server is a [Server].
type server func(ctx context.Context) error

func (s server) Serve(ctx context.Context) error { return s(ctx) }

// untilDone is a server that does something and serves until it is told to end.
func untilDone(run func()) server {
	return func(ctx context.Context) error {
		run()
		<-ctx.Done()
		return nil
	}
}

func TestWhatWasAcknowledgedIsInTheStoreAtTheEnd(t *testing.T) {
	f := newFixture(t)
	f.open(t)
	broken := errors.New("the listener broke")
	err := f.service.Serve(t.Context(), server(func(context.Context) error {
		f.data.Producers.Release(f.bring(t))
		return broken
	}))
	require.ErrorIs(t, err, broken)
	require.Equal(t, int64(1), f.store.rows)
	require.Equal(t, f.data.Journal.Durable(), f.store.position)
	require.Equal(t, 1, f.store.checkpoints)
	require.Empty(t, f.messages())
	require.NoError(t, f.data.Close())
}

func TestAStartGoesOnWithWhatTheStoreLacks(t *testing.T) {
	f := newFixture(t)
	f.open(t)
	f.data.Producers.Release(f.bring(t))
	require.NoError(t, f.data.Close())

	f.metrics, f.work.Metrics = newFixture(t).metrics, newFixture(t).metrics
	f.open(t)
	p, err := f.data.Producers.Acquire(t.Context(), agent)
	require.NoError(t, err)
	require.Equal(t, producer.Position{Received: 1, Durable: 1}, p.Position())
	f.data.Producers.Release(p)
	require.NoError(t, f.service.Serve(t.Context(), server(func(context.Context) error { return nil })))
	require.Equal(t, int64(1), f.store.rows)
	require.NoError(t, f.data.Close())
}

func TestTheServiceEndsWhileTheStoreFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		f.work.Upkeep.Interval = time.Millisecond
		f.work.Batch.Interval = 100 * time.Millisecond
		f.open(t)
		f.data.Producers.Release(f.bring(t))
		f.store.fail(errDisk)
		ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
		defer stop()
		began := time.Now()
		require.NoError(t, f.service.Serve(ctx, untilDone(func() {})))
		require.LessOrEqual(t, time.Since(began), 5*time.Second+retryInterval)
		require.Contains(t, f.messages(), "could not bring the journal into the store; trying again")
		require.Contains(t, f.messages(), "the journal keeps what the store could not take; the next start goes on with it")
		require.Contains(t, f.messages(), "the store's file was left larger than it had to be")
		require.Zero(t, f.store.position)
		require.NoError(t, f.data.Close())
	})
}

func TestTheJanitorRemovesWhatExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		f.open(t)
		began := time.Now()
		ctx, stop := context.WithCancel(t.Context())
		require.NoError(t, f.service.Serve(ctx, untilDone(func() {
			time.Sleep(time.Hour)
			synctest.Wait()
			stop()
		})))
		now := began.Add(time.Hour)
		require.Equal(t, []int64{began.UnixNano()}, f.target.expired)
		require.Equal(t, []time.Time{now.Add(-MinProducerExpiry), now.Add(-frames.ReceiptExpiry)}, f.store.forgotten)
		require.Equal(t, []string{"removed old points", "forgot idle producers"}, f.messages())
		require.Equal(t, map[string]any{"samples": int64(7)}, f.told.FilterMessage("removed old points").All()[0].ContextMap())
		require.NoError(t, f.data.Close())
	})
}

func TestTheJanitorTellsWhatItCouldNotDo(t *testing.T) {
	f := newFixture(t)
	f.open(t)
	j := f.service.janitor
	j.check(t.Context(), errDisk, "could not")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	j.check(gone, errDisk, "was told to end")
	require.Equal(t, []string{"could not"}, f.messages())
	require.NoError(t, f.data.Close())
}

func TestTheMetricsOfAService(t *testing.T) {
	f := newFixture(t)
	f.open(t)
	require.NoError(t, f.service.Serve(t.Context(), server(func(ctx context.Context) error {
		f.data.Producers.Release(f.bring(t))
		f.store.fail(errDisk)
		flushed := make(chan error, 1)
		go func() { flushed <- f.service.Applier.Flush(ctx) }()
		require.Eventually(t, func() bool { return f.metric(t, "sluice_collector_apply_failures_total") == 1 }, 10*time.Second, time.Millisecond)
		require.Positive(t, f.metric(t, "sluice_collector_journal_lag_bytes"))
		f.store.fail(nil)
		return <-flushed
	})))
	for name, want := range map[string]float64{
		"sluice_collector_samples_stored_total":   1,
		"sluice_collector_apply_failures_total":   1,
		"sluice_collector_batch_duration_seconds": 1,
		"sluice_collector_journal_lag_bytes":      0,
		"sluice_collector_journal_bytes":          float64(f.data.Journal.Bytes()),
	} {
		require.InDelta(t, want, f.metric(t, name), 0, name)
	}
	require.NoError(t, f.data.Close())
}

// metric is the value of a metric: for a histogram the number of observations.
func (f *fixture) metric(t *testing.T, name string) float64 {
	t.Helper()
	families, err := f.metrics.Gather()
	require.NoError(t, err)
	for _, family := range families {
		if family.GetName() == name {
			m := family.GetMetric()[0]
			return m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	t.Fatalf("there is no metric %s", name)
	return 0
}

func TestAJournalOfAnotherVersionIsRefused(t *testing.T) {
	f := newFixture(t)
	data, err := f.tryOpen(t)
	require.NoError(t, err)
	end, err := data.Journal.Append(t.Context(), []byte{0xff})
	require.NoError(t, err)
	require.NoError(t, data.Journal.Wait(t.Context(), end))
	_, err = data.Prepare(t.Context(), &target{store: f.store}, f.work)
	require.ErrorContains(t, err, "data folder "+f.folder.Dir+": journal record at 0")
	require.NoError(t, data.Close())
}
