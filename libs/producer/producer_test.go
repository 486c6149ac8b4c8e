package producer_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/producer"
)

var key = producer.Key{Tenant: "acme", Subject: "agent", ProducerID: "p1"}

// fixture is the producers over a log and a store that a test fills.
type fixture struct {
	*producer.Producers

	log    *log
	stored map[producer.Key]*producer.State
	loads  int
}

func newFixture() *fixture {
	f := &fixture{log: newLog(), stored: map[producer.Key]*producer.State{}}
	f.Producers = producer.New(f.log, func(_ context.Context, key producer.Key) (*producer.State, error) {
		f.loads++
		return f.stored[key], nil
	}, 0)
	return f
}

func (f *fixture) acquire(t *testing.T) *producer.Producer {
	t.Helper()
	p, err := f.Acquire(t.Context(), key)
	require.NoError(t, err)
	return p
}

// begin opens an epoch, whose record becomes durable meanwhile.
func (f *fixture) begin(t *testing.T, p *producer.Producer, epoch int64) {
	t.Helper()
	require.NoError(t, p.Begin(t.Context(), epoch, func() (journal.Position, error) {
		end, err := f.log.write()
		f.log.sync()
		return end, err
	}))
}

func (f *fixture) append(t *testing.T, p *producer.Producer, counts ...producer.Count) {
	t.Helper()
	require.NoError(t, p.Append(time.Now(), counts, f.log.write))
}

func TestAFrameIsNewOnceAndGapsAreRefused(t *testing.T) {
	f := newFixture()
	p := f.acquire(t)
	f.begin(t, p, 0)
	f.append(t, p)
	f.append(t, p)
	tests := map[int64]struct {
		fresh  bool
		reason problem.Reason
	}{
		1: {},
		2: {},
		3: {fresh: true},
		4: {reason: problem.SequenceGap},
		9: {reason: problem.SequenceGap},
	}
	for sequence, test := range tests {
		fresh, err := p.Admit(sequence)
		require.Equal(t, test.fresh, fresh, "frame %d", sequence)
		require.Equal(t, test.reason, problem.ReasonOf(err), "frame %d", sequence)
	}
}

func TestAnUnknownProducerBeginsWithFrameOne(t *testing.T) {
	f := newFixture()
	p := f.acquire(t)
	require.False(t, p.Known())
	_, err := p.Admit(2)
	require.Equal(t, problem.ProducerExpired, problem.ReasonOf(err))
	fresh, err := p.Admit(1)
	require.NoError(t, err)
	require.True(t, fresh)
}

func TestDurableFollowsTheJournal(t *testing.T) {
	f := newFixture()
	p := f.acquire(t)
	f.begin(t, p, 3)
	f.append(t, p)
	f.append(t, p)
	require.Equal(t, producer.Position{Epoch: 3, Received: 2}, p.Position())
	f.log.sync()
	f.append(t, p)
	require.Equal(t, producer.Position{Epoch: 3, Received: 3, Durable: 2}, p.Position())
}

func TestANewerEpochFencesAndCountsAnew(t *testing.T) {
	f := newFixture()
	p := f.acquire(t)
	f.begin(t, p, 1)
	f.append(t, p, producer.Count{Outcome: 0, Items: 5})
	f.log.sync()
	f.begin(t, p, 2)
	require.Empty(t, p.Snapshot().Counts)
	require.Equal(t, int64(1), p.Snapshot().Sequence)
	require.Equal(t, problem.Fenced, problem.ReasonOf(p.CheckEpoch(1)))
	err := p.Begin(t.Context(), 1, func() (journal.Position, error) {
		t.Error("an epoch that has ended was recorded")
		return 0, nil
	})
	require.Equal(t, problem.Fenced, problem.ReasonOf(err))
}

func TestBeginReturnsOnceTheEpochIsDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture()
		p := f.acquire(t)
		begun := make(chan error, 1)
		go func() { begun <- p.Begin(t.Context(), 4, f.log.write) }()
		synctest.Wait()
		require.Empty(t, begun)
		f.log.sync()
		synctest.Wait()
		require.NoError(t, <-begun)
		require.Equal(t, int64(4), p.Position().Epoch)
	})
}

func TestARollbackTakesBackWhatWasNotDurable(t *testing.T) {
	f := newFixture()
	p := f.acquire(t)
	f.begin(t, p, 0)
	f.append(t, p, producer.Count{Outcome: 0, Items: 10}, producer.Count{Outcome: 3, Items: 1})
	f.log.sync()
	f.append(t, p, producer.Count{Outcome: 0, Items: 7}, producer.Count{Outcome: 3, Items: 2})
	var told error
	p.OnFailure(func(cause error) { told = cause })

	f.Rollback(f.log.fail(), errLost)

	require.Equal(t, errLost, told)
	require.Equal(t, producer.Position{Received: 1, Durable: 1}, p.Position())
	require.Equal(t, map[int32]int64{0: 10, 3: 1}, p.Snapshot().Counts)
	_, err := p.Admit(2)
	require.ErrorIs(t, err, errLost)
	require.ErrorIs(t, p.Settle(t.Context()), errLost)
	require.ErrorIs(t, p.Append(time.Now(), nil, f.log.write), errLost)

	f.log.failed = nil
	f.begin(t, p, 0)
	fresh, err := p.Admit(2)
	require.NoError(t, err)
	require.True(t, fresh)
}

func TestARollbackLeavesThoseWhoLostNothingAlone(t *testing.T) {
	f := newFixture()
	p := f.acquire(t)
	f.begin(t, p, 0)
	f.append(t, p)
	f.log.sync()
	f.Rollback(f.log.fail(), errLost)
	fresh, err := p.Admit(2)
	require.NoError(t, err)
	require.True(t, fresh)
}

func TestAProducerStaysUntilTheStoreHasAllOfIt(t *testing.T) {
	f := newFixture()
	p := f.acquire(t)
	f.begin(t, p, 0)
	f.append(t, p, producer.Count{Outcome: 0, Items: 2})
	f.log.sync()
	f.Release(p)
	require.Same(t, p, f.acquire(t))
	require.Equal(t, 1, f.loads)
	f.Release(p)

	applied := producer.State{Key: key, Sequence: 1, Counts: map[int32]int64{0: 2}}
	f.stored[key] = &applied
	f.Apply(2, []producer.State{applied})

	again := f.acquire(t)
	require.NotSame(t, p, again)
	require.Equal(t, 2, f.loads)
	require.Equal(t, producer.Position{Received: 1, Durable: 1, Applied: 1}, again.Position())
}

func TestWaitersSeeWhatIsApplied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture()
		p := f.acquire(t)
		f.begin(t, p, 0)
		f.append(t, p)
		f.append(t, p)
		f.log.sync()
		done := make(chan error, 1)
		go func() { done <- p.WaitApplied(t.Context(), 2) }()
		f.Apply(2, []producer.State{{Key: key, Sequence: 1}})
		synctest.Wait()
		require.Empty(t, done)
		f.Apply(3, []producer.State{{Key: key, Sequence: 2}})
		synctest.Wait()
		require.NoError(t, <-done)
	})
}

func TestWaitersSeeWhatIsDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture()
		p := f.acquire(t)
		f.begin(t, p, 0)
		done := make(chan error, 1)
		go func() { done <- p.WaitDurable(t.Context(), 1) }()
		synctest.Wait()
		f.append(t, p)
		synctest.Wait()
		require.Empty(t, done)
		f.log.sync()
		synctest.Wait()
		require.NoError(t, <-done)
	})
}

func TestAChangeIsTold(t *testing.T) {
	f := newFixture()
	p := f.acquire(t)
	f.begin(t, p, 0)
	own, moved := p.Changed()
	require.Nil(t, moved, "an idle producer does not wake for others")
	f.append(t, p)
	requireClosed(t, own)
	own, moved = p.Changed()
	f.log.sync()
	requireClosed(t, moved)
	f.Apply(2, []producer.State{{Key: key, Sequence: 1}})
	requireClosed(t, own)
}

func requireClosed(t *testing.T, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	default:
		require.Fail(t, "the change was not told")
	}
}

func TestRecoveryGoesOnFromTheStore(t *testing.T) {
	f := newFixture()
	f.stored[key] = &producer.State{Key: key, Epoch: 1, Sequence: 4, Counts: map[int32]int64{0: 40}}
	at := time.Unix(1_700_000_000, 0)
	records := []producer.Record{
		{Key: key, Epoch: 1, Sequence: 5, Counts: []producer.Count{{Outcome: 0, Items: 10}}, Time: at, End: 10},
		{Key: key, Epoch: 1, Receipt: &producer.Receipt{Time: at, Answer: []byte("receipt")}, Time: at, End: 20},
		{Key: key, Epoch: 2, Time: at, End: 30},
		{Key: key, Epoch: 2, Sequence: 6, Counts: []producer.Count{{Outcome: 2, Items: 1}}, Time: at, End: 40},
	}
	for i := range records {
		require.NoError(t, f.Recover(t.Context(), &records[i]))
	}
	p := f.acquire(t)
	require.True(t, p.Known())
	require.Equal(t, producer.Position{Epoch: 2, Received: 6, Durable: 6, Applied: 4}, p.Position())
	state := p.Snapshot()
	require.Equal(t, map[int32]int64{0: 0, 2: 1}, withZero(state.Counts))
	require.Equal(t, &producer.Receipt{Sequence: 5, Time: at, Answer: []byte("receipt")}, state.Receipt)
	before, err := f.Applied(t.Context(), key)
	require.NoError(t, err)
	require.Equal(t, int64(4), before.Sequence)
	require.Equal(t, map[int32]int64{0: 40}, before.Counts)
}

func withZero(counts map[int32]int64) map[int32]int64 {
	counts[0] += 0
	return counts
}
