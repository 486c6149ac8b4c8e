package apply_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestADeletionDeletesWhatStandsBeforeIt(t *testing.T) {
	r := openRig(t, t.TempDir(), newDisk())
	defer r.close(t)
	r.append(t, "a", "b", "a")
	require.Equal(t, int64(2), r.delete(t, "a"))
	r.append(t, "a")
	require.Equal(t, []string{"b", "a"}, r.flush(t))
}

func TestADeletionTakesPlaceWithoutItsCaller(t *testing.T) {
	r := openRig(t, t.TempDir(), newDisk())
	defer r.close(t)
	r.disk.failing.Store(math.MaxInt32)
	r.append(t, "a", "b")
	ctx, cancel := context.WithCancel(t.Context())
	deletion, ended := encode(t, "a"), make(chan error, 1)
	go func() {
		_, err := r.applier.Delete(ctx, agent.Tenant, deletion)
		ended <- err
	}()
	require.Eventually(t, func() bool { return r.failures.Load() > 2 }, 10*time.Second, time.Millisecond)
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
	r.disk.failing.Store(0)
	require.Equal(t, []string{"b"}, r.flush(t))
}

func TestADeletionThatTheJournalRefusesIsNone(t *testing.T) {
	r := openRig(t, t.TempDir(), newDisk())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := r.applier.Delete(ctx, agent.Tenant, make([]byte, 17<<20))
	require.Error(t, err)
	r.close(t)
}

func TestAChangeThatMayHaveHappenedIsSettledFirst(t *testing.T) {
	r := openRig(t, t.TempDir(), newDisk())
	defer r.close(t)
	r.append(t, "a", "b")
	r.flush(t)
	r.disk.vague.Store(2)
	_, err := r.applier.Change(t.Context(), r.target.removal("a"))
	require.NoError(t, err)
	require.Equal(t, int64(2), r.failures.Load())
	r.append(t, "a")
	require.Equal(t, []string{"b", "a"}, r.flush(t))
}

func TestAChangeComesAfterTheBatch(t *testing.T) {
	r := openRig(t, t.TempDir(), newDisk())
	defer r.close(t)
	r.append(t, "a", "b")
	r.settle(t)
	require.Eventually(t, func() bool {
		removed, err := r.applier.Change(t.Context(), r.target.removal("a"))
		return err == nil && removed == 1
	}, 10*time.Second, time.Millisecond)
	require.Equal(t, []string{"b"}, r.flush(t))
}

// The janitor asks for something while the store fails; the service is told to
// stop, and waits for the janitor.
func TestAChangeEndsWithTheApplierWhileTheStoreFails(t *testing.T) {
	r := openRig(t, t.TempDir(), newDisk())
	r.disk.failing.Store(math.MaxInt32)
	r.append(t, "a")
	r.settle(t)
	ended := make(chan error, 1)
	go func() {
		_, err := r.applier.Change(t.Context(), r.target.removal("a"))
		ended <- err
	}()
	require.Eventually(t, func() bool { return r.failures.Load() > 3 }, 10*time.Second, time.Millisecond)
	r.stop()
	select {
	case err := <-ended:
		require.ErrorIs(t, err, context.Canceled)
	case <-time.After(10 * time.Second):
		t.Error("the change does not end while the store fails")
	}
	r.close(t)
}

// The applier's last attempt settles the change, since the store works again.
func TestAChangeThatWasGivenUpMayTakePlace(t *testing.T) {
	d := newDisk()
	r := openRig(t, t.TempDir(), d)
	r.append(t, "a", "b")
	r.flush(t)
	d.failing.Store(math.MaxInt32)
	d.mends.Store(true)
	ended := make(chan error, 1)
	go func() {
		_, err := r.applier.Change(t.Context(), r.target.removal("a"))
		ended <- err
	}()
	require.Eventually(t, func() bool { return r.failures.Load() > 3 }, 10*time.Second, time.Millisecond)
	r.stop()
	require.ErrorIs(t, <-ended, context.Canceled)
	r.close(t)
	require.Equal(t, []string{"b"}, d.content())
}

func TestWhatRunsBetweenBatchesTellsItsError(t *testing.T) {
	r := openRig(t, t.TempDir(), newDisk())
	defer r.close(t)
	require.NoError(t, r.applier.Between(t.Context(), func(context.Context) error { return nil }))
	require.ErrorIs(t, r.applier.Between(t.Context(), func(context.Context) error { return errDisk }), errDisk)
}

func TestNothingRunsBetweenBatchesOnceTheCallerHasGone(t *testing.T) {
	r := open(t, t.TempDir(), newDisk(), patient())
	defer r.close(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	err := r.applier.Between(gone, func(context.Context) error {
		t.Error("it runs")
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
}
