package core_test

import (
	"context"
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// A server was killed after a batch was applied and before the journal, which
// was at its bound, was trimmed.
func TestAFullJournalIsTrimmedAtTheStart(t *testing.T) {
	dir := t.TempDir()
	options := journal.Options{SegmentBytes: 64 << 10, MaxBytes: 256 << 10, MinFreeBytes: -1}
	j, _, err := journal.Open(filepath.Join(dir, "journal"), options)
	require.NoError(t, err)
	var end journal.Position
	for {
		at, err := j.Append(t.Context(), make([]byte, 1000))
		if err != nil {
			require.ErrorIs(t, err, journal.ErrFull)
			break
		}
		end = at
		require.NoError(t, j.Wait(t.Context(), end))
	}
	defer func() { require.NoError(t, j.Close()) }()
	index := core.NewIndex(0)
	producers := producer.New(j, func(context.Context, producer.Key) (*producer.State, error) { return nil, nil }, end)
	// The store has all of it.
	a := core.NewApplier(core.ApplierConfig{
		BatchSamples: 1000, Interval: time.Millisecond, RetryInterval: time.Millisecond, FinishTimeout: time.Minute, Now: time.Now,
		Observe: core.Observer{Applied: func(int, time.Duration) {}, Failed: func(error) {}, Damaged: func(error) {}},
	}, j, nil, index, producers, end)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	defer func() { stop(); <-ended }()
	require.Eventually(t, func() bool {
		_, err := j.Append(t.Context(), make([]byte, 1000))
		return err == nil
	}, 2*time.Second, 10*time.Millisecond, "the journal has to have room again")
}

// The janitor asks for something while the store fails; the service is told to
// stop. collector.serve waits for the janitor before it stops the applier.
func TestTheJanitorEndsWhileTheStoreFails(t *testing.T) {
	r := openRig(t, t.TempDir(), true)
	defer r.close(t)
	r.store.failing.Store(math.MaxInt32)
	c := r.begin(t, 0)
	defer c.Close()
	require.NoError(t, c.Take(t.Context(), encodeFrame(t, 1, samplePoint("a", 0, 1))))
	require.NoError(t, c.Settle(t.Context()))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = r.applier.Expire(ctx, r.index.Select(agent.Tenant, nil), 0)
	}()
	require.Eventually(t, func() bool { return r.failures.Load() > 3 }, 5*time.Second, time.Millisecond)
	stop()
	r.stop()
	select {
	case <-ended:
	case <-time.After(3 * time.Second):
		t.Error("the janitor does not end while the store fails")
	}
}

// committedStore commits a deletion and says that it failed, as a store does that
// can't sync its folder.
type committedStore struct {
	core.Store
	fail bool
}

func (s *committedStore) Delete(ctx context.Context, ids []core.SeriesID, start, end int64, p journal.Position) (core.Deleted, error) {
	deleted, err := s.Store.Delete(ctx, ids, start, end, p)
	if s.fail {
		s.fail = false
		return core.Deleted{}, errDisk
	}
	return deleted, err
}

func TestAnExpiryThatMayHaveHappenedLosesNothing(t *testing.T) {
	dir := t.TempDir()
	r := openRig(t, dir, true)
	c := r.begin(t, 0)
	require.NoError(t, c.Take(t.Context(), encodeFrame(t, 1, samplePoint("a", 0, 1))))
	require.NoError(t, r.applier.WaitApplied(t.Context(), agent, 1))
	r.store.Store = &committedStore{Store: r.store.Store, fail: true}
	_, _ = r.applier.Expire(t.Context(), r.index.Select(agent.Tenant, nil), began+1)
	require.NoError(t, c.Take(t.Context(), encodeFrame(t, 2, samplePoint("a", 10, 2))))
	require.NoError(t, r.applier.WaitApplied(t.Context(), agent, 2))
	c.Close()
	r.close(t)
	r = openRig(t, dir, true)
	defer r.close(t)
	require.Equal(t, map[string]float64{"a@10": 2}, r.contents(t))
}

// The store fails when the applier is told to end, and works when it tries for
// the last time.
func TestTheLastBatchAfterAFailureIsWhole(t *testing.T) {
	dir := t.TempDir()
	r := openRig(t, dir, true)
	c := r.begin(t, 0)
	require.NoError(t, c.Take(t.Context(), encodeFrame(t, 1,
		samplePoint("a", 10, 1), samplePoint("a", 5, 1), samplePoint("b", 10, 1))))
	require.NoError(t, r.applier.WaitApplied(t.Context(), agent, 1))
	r.store.failing.Store(math.MaxInt32)
	// a@10 and a@5 are stored: both are late.
	require.NoError(t, c.Take(t.Context(), encodeFrame(t, 2, samplePoint("a", 5, 2), samplePoint("b", 11, 2), samplePoint("a", 10, 2))))
	require.NoError(t, c.Settle(t.Context()))
	done := make(chan struct{})
	go func() { defer close(done); _ = r.applier.WaitApplied(t.Context(), agent, 2) }()
	require.Eventually(t, func() bool { return r.failures.Load() > 3 }, 5*time.Second, time.Millisecond)
	require.NoError(t, c.Take(t.Context(), encodeFrame(t, 3, samplePoint("a", 5, 3))))
	require.NoError(t, c.Settle(t.Context()))
	r.stop()
	r.store.failing.Store(0)
	<-r.ended
	<-done
	c.Close()
	r.ended = make(chan error)
	close(r.ended)
	require.NoError(t, r.journal.Close())
	require.NoError(t, r.store.Close())
	r = openRig(t, dir, true)
	defer r.close(t)
	require.NoError(t, r.applier.WaitApplied(t.Context(), agent, 3))
	require.Equal(t, map[string]float64{"a@10": 2, "a@5": 3, "b@10": 1, "b@11": 2}, r.contents(t))
}
