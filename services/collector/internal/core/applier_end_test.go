package core_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

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
	_, _ = r.applier.Change(t.Context(), r.writer.Expiry(agent.Tenant, began+1))
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
