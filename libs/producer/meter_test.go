package producer_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
)

var errUsedUp = errors.New("the quota is used up")

// meter counts up to a limit.
type meter struct {
	limit, used int64
	at          []time.Time
}

func (m *meter) Check(string) error {
	if m.used >= m.limit {
		return errUsedUp
	}
	return nil
}

func (m *meter) Take(_ string, _ time.Time, items int64) error {
	if m.used+items > m.limit {
		return errUsedUp
	}
	m.used += items
	return nil
}

func (m *meter) GiveBack(_ string, at time.Time, items int64) {
	m.used -= items
	m.at = append(m.at, at)
}

func (m *meter) Recover(_ string, _ time.Time, items int64) { m.used += items }

func metered(limit int64) (*fixture, *meter) {
	f, m := newFixture(), &meter{limit: limit}
	f.CountWith(m)
	return f, m
}

func TestOnlyItemsThatWereTakenInAreMetered(t *testing.T) {
	f, m := metered(100)
	p := f.acquire(t)
	f.begin(t, p, 0)
	f.append(t, p, producer.Count{Outcome: producer.Accepted, Items: 7}, producer.Count{Outcome: 3, Items: 90}, producer.Count{Outcome: -1, Items: 90})
	require.EqualValues(t, 7, m.used)
}

func TestAFrameThatTheMeterRefusesIsNotWritten(t *testing.T) {
	f, m := metered(10)
	p := f.acquire(t)
	f.begin(t, p, 0)
	f.append(t, p, producer.Count{Items: 8})
	err := p.Append(time.Now(), []producer.Count{{Items: 3}}, func() (journal.Position, error) {
		t.Error("a refused frame was written")
		return 0, nil
	})
	require.ErrorIs(t, err, errUsedUp)
	require.EqualValues(t, 1, p.Position().Received)
	require.EqualValues(t, 8, m.used)
	require.NoError(t, f.CheckTenant("acme"))
	f.append(t, p, producer.Count{Items: 2})
	require.ErrorIs(t, f.CheckTenant("acme"), errUsedUp)
}

func TestWhatWasNotWrittenIsGivenBack(t *testing.T) {
	f, m := metered(10)
	p := f.acquire(t)
	f.begin(t, p, 0)
	err := p.Append(time.Now(), []producer.Count{{Items: 3}}, func() (journal.Position, error) { return 0, errLost })
	require.ErrorIs(t, err, errLost)
	require.Zero(t, m.used)
}

func TestARollbackGivesBackWhatItLosesAtTheTimeItCame(t *testing.T) {
	f, m := metered(100)
	p := f.acquire(t)
	f.begin(t, p, 0)
	f.append(t, p, producer.Count{Items: 10})
	f.log.sync()
	at := time.Unix(1_700_000_000, 0)
	require.NoError(t, p.Append(at, []producer.Count{{Items: 7}, {Outcome: 5, Items: 9}}, f.log.write))
	f.Rollback(f.log.fail(), errLost)
	require.EqualValues(t, 10, m.used)
	require.Equal(t, []time.Time{at}, m.at)
}

func TestRecoveryMetersWhatTheStoreLacks(t *testing.T) {
	f, m := metered(5)
	require.NoError(t, f.Recover(context.Background(), &producer.Record{
		Key: key, Sequence: 1, Counts: []producer.Count{{Items: 10}, {Outcome: 2, Items: 1}}, End: 10,
	}))
	require.EqualValues(t, 10, m.used, "what is durable is never refused")
}
