package apply_test

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/apply"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/record"
)

func TestABatchWaitsForItsInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t, t.TempDir(), newDisk())
		defer r.close(t)
		r.append(t, "a")
		r.settle(t)
		time.Sleep(time.Minute - time.Nanosecond)
		synctest.Wait()
		require.Empty(t, r.disk.content())
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		require.Equal(t, []string{"a"}, r.disk.content())
	})
}

func TestAFullBatchDoesNotWait(t *testing.T) {
	for name, full := range map[string]func(*apply.Config){
		"rows":  func(c *apply.Config) { c.BatchRows = 3 },
		"bytes": func(c *apply.Config) { c.BatchBytes = 64 },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				config := patient()
				full(&config)
				r := open(t, t.TempDir(), newDisk(), config).run()
				defer r.close(t)
				began := time.Now()
				r.append(t, "a")
				require.NoError(t, r.producer.Settle(t.Context()))
				r.append(t, "b", "c")
				r.settle(t)
				synctest.Wait()
				require.Equal(t, []string{"a", "b", "c"}, r.disk.content())
				require.Equal(t, []int{3}, r.applied.all())
				require.Equal(t, began, time.Now())
			})
		})
	}
}

func TestWhoeverWaitsForAFrameDoesNotWaitForItsBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t, t.TempDir(), newDisk())
		defer r.close(t)
		began := time.Now()
		require.NoError(t, r.applier.WaitApplied(t.Context(), agent, r.append(t, "a")))
		require.Equal(t, []string{"a"}, r.disk.content())
		require.Equal(t, began, time.Now())
	})
}

func TestAFrameThatHasNotComeYetDoesNotKeepBatchesSmall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t, t.TempDir(), newDisk())
		defer r.close(t)
		r.append(t, "a")
		waited := make(chan error, 1)
		go func() { waited <- r.applier.WaitApplied(t.Context(), agent, 2) }()
		r.settle(t)
		synctest.Wait()
		require.Empty(t, r.disk.content())
		r.append(t, "b")
		require.NoError(t, <-waited)
		synctest.Wait() // The batch is told of after those who waited for it.
		require.Equal(t, []int{2}, r.applied.all())
	})
}

func TestAFrameOfAnUnknownProducerIsNotWaitedFor(t *testing.T) {
	r := openRig(t, t.TempDir(), newDisk())
	defer r.close(t)
	err := r.applier.WaitApplied(t.Context(), producer.Key{Tenant: "acme", ProducerID: "other"}, 1)
	require.Equal(t, problem.ProducerNotFound, problem.ReasonOf(err))
}

func TestAFailingStoreIsTriedAgainAndTheJournalKeepsAll(t *testing.T) {
	r := openRig(t, t.TempDir(), newDisk())
	defer r.close(t)
	r.disk.failing.Store(3)
	r.append(t, "a")
	require.Equal(t, []string{"a"}, r.flush(t))
	require.Equal(t, int64(3), r.failures.Load())
}

// The store works again when the applier tries for the last time. It may have the
// batch that failed.
func TestABatchThatFailedDoesNotGrow(t *testing.T) {
	d := newDisk()
	r := openRig(t, t.TempDir(), d)
	d.failing.Store(math.MaxInt32)
	d.mends.Store(true)
	r.append(t, "a")
	r.settle(t)
	flushed := make(chan error, 1)
	go func() { flushed <- r.applier.Flush(t.Context()) }()
	require.Eventually(t, func() bool { return r.failures.Load() > 2 }, 10*time.Second, time.Millisecond)
	r.append(t, "b")
	r.settle(t)
	r.stop()
	require.NoError(t, <-flushed)
	require.NoError(t, <-r.ended)
	require.Equal(t, []string{"a", "b"}, d.content())
	require.Equal(t, []int{1, 1}, r.applied.all())
	r.close(t)
}

func TestARecordThatCannotBeAppliedYetIsNotLeftOut(t *testing.T) {
	r := open(t, t.TempDir(), newDisk(), patient())
	defer r.close(t)
	for range 3 {
		r.append(t, "a")
	}
	r.settle(t)
	// Without the producers in memory, the applier has to ask the store.
	r.producers = producer.New(r.journal, r.disk.producer, 0)
	r.applier = apply.New(apply.Config{
		BatchRows: 1000, RetryInterval: time.Millisecond, FinishTimeout: time.Minute, Now: time.Now,
		Observe: apply.Observer{
			Applied: func(int, time.Duration) {}, Damaged: func(error) {},
			Failed: func(error) { r.failures.Add(1) },
		},
	}, r.journal, r.target, r.producers, 0)
	r.disk.forgetful.Store(2)
	r.run()
	require.Equal(t, []string{"a", "a", "a"}, r.flush(t))
	require.Equal(t, int64(2), r.failures.Load())
	r.producer = must(r.producers.Acquire(t.Context(), agent))
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func TestARestartGoesOnWithWhatTheStoreLacks(t *testing.T) {
	dir, d := t.TempDir(), newDisk()
	r := open(t, dir, d, patient())
	r.epoch = 5
	require.NoError(t, r.producer.Begin(t.Context(), r.epoch, r.write(record.EpochOpened, nil)))
	r.append(t, "a", "b")
	r.append(t, "c")
	receipt := &producer.Receipt{Sequence: 2, Answer: []byte("answer")}
	require.NoError(t, r.producer.KeepReceipt(t.Context(), receipt, r.write(record.Receipt, receipt.Answer)))
	r.close(t)
	require.Empty(t, d.content())

	r = open(t, dir, d, patient())
	require.Equal(t, producer.Position{Epoch: 5, Received: 2, Durable: 2}, r.producer.Position())
	state := r.producer.Snapshot()
	require.Equal(t, map[int32]int64{0: 3}, state.Counts)
	require.Equal(t, []byte("answer"), state.Receipt.Answer)
	require.Equal(t, int64(2), state.Receipt.Sequence)

	r.run()
	require.Equal(t, []string{"a", "b", "c"}, r.flush(t))
	require.Equal(t, map[int32]int64{0: 3}, d.producers[agent].Counts)
	require.Equal(t, []byte("answer"), d.producers[agent].Receipt.Answer)
	r.close(t)
}

func TestWhatIsDurableIsAppliedAtTheEnd(t *testing.T) {
	d := newDisk()
	r := openRig(t, t.TempDir(), d)
	r.append(t, "a")
	r.settle(t)
	r.close(t)
	require.Equal(t, []string{"a"}, d.content())
}

func TestTheEndDoesNotTryTwice(t *testing.T) {
	d := newDisk()
	r := openRig(t, t.TempDir(), d)
	d.failing.Store(math.MaxInt32)
	r.append(t, "a")
	r.settle(t)
	r.stop()
	require.ErrorIs(t, <-r.ended, errDisk)
	require.Empty(t, d.content())
	r.close(t)
}

// A server was killed after a batch was applied and before the journal, which
// was at its bound, was trimmed.
func TestAFullJournalIsTrimmedAtTheStart(t *testing.T) {
	j, _, err := journal.Open(t.TempDir(), journal.Options{SegmentBytes: 64 << 10, MaxBytes: 256 << 10, MinFreeBytes: -1})
	require.NoError(t, err)
	defer func() { require.NoError(t, j.Close()) }()
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
	// The store has all of it.
	d := newDisk()
	d.position = end
	r := &rig{disk: d, journal: j}
	r.applier = apply.New(patient(), j, &target{disk: d}, producer.New(j, d.producer, end), end)
	r.run()
	defer func() { r.stop(); <-r.ended }()
	require.Eventually(t, func() bool {
		_, err := j.Append(t.Context(), make([]byte, 1000))
		return err == nil
	}, 2*time.Second, 10*time.Millisecond, "the journal has to have room again")
}

func TestARecordOfAnotherVersionIsNotPassedOver(t *testing.T) {
	r := open(t, t.TempDir(), newDisk(), patient())
	header := record.Header{Tenant: agent.Tenant}
	encoded := record.Append(nil, &header, record.Deletion+1, nil)
	end, err := r.journal.Append(t.Context(), encoded)
	require.NoError(t, err)
	require.NoError(t, r.journal.Wait(t.Context(), end))
	err = apply.Recover(t.Context(), r.journal, 0, r.producers, r.target)
	require.ErrorContains(t, err, "run the version that wrote it")

	r.run()
	require.Eventually(t, func() bool { return r.failures.Load() > 2 }, 10*time.Second, time.Millisecond)
	require.Zero(t, r.applier.Position())
	r.stop()
	require.ErrorContains(t, <-r.ended, "run the version that wrote it")
	r.close(t)
}
