package core_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

func waitingQueries(w waiter) *core.Queries {
	return core.NewQueries(&answers{}, seriesList{}, w)
}

// until waits for a frame that is visible at the end of d.
func until(d time.Duration) waiter {
	return func(ctx context.Context, _ producer.Key, _ int64) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func wait(timeout time.Duration) *core.Wait {
	return &core.Wait{Producer: producer.Key{Tenant: "acme", ProducerID: "p"}, Sequence: 7, Timeout: timeout}
}

// waitings are the queries that can wait.
func waitings(q *core.Queries) map[string]func(ctx context.Context, w *core.Wait) error {
	return map[string]func(ctx context.Context, w *core.Wait) error{
		"samples": func(ctx context.Context, w *core.Wait) error {
			query := &core.SamplesQuery{Selection: everything("acme")}
			query.Wait = w
			return q.Samples(ctx, query, &sink{})
		},
		"statistics": func(ctx context.Context, w *core.Wait) error {
			query := &core.StatisticsQuery{Selection: everything("acme")}
			query.Wait = w
			_, err := q.Statistics(ctx, query)
			return err
		},
		"series": func(ctx context.Context, w *core.Wait) error {
			_, err := q.Series(ctx, &core.SeriesQuery{Tenant: "acme", Limit: 1, Wait: w})
			return err
		},
	}
}

func TestAQueryWaitsForItsFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, query := range waitings(waitingQueries(until(3 * time.Second))) {
			began := time.Now()
			require.NoError(t, query(t.Context(), wait(core.DefaultWait)), name)
			require.Equal(t, 3*time.Second, time.Since(began), name)
		}
	})
}

func TestAWaitEndsAtItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, query := range waitings(waitingQueries(until(time.Hour))) {
			began := time.Now()
			err := query(t.Context(), wait(core.MaxWait))
			require.Equal(t, problem.PositionNotReached, problem.ReasonOf(err), name)
			require.Empty(t, problem.Of(err).Field, name)
			require.Equal(t, core.MaxWait, time.Since(began), name)
		}
	})
}

func TestTheCallersEndIsNoTimeoutOfTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, query := range waitings(waitingQueries(until(time.Hour))) {
			late, cancelLate := context.WithTimeout(t.Context(), time.Second)
			require.Equal(t, problem.DeadlineExceeded, problem.ReasonOf(query(late, wait(core.DefaultWait))), name)
			cancelLate()
			gone, cancel := context.WithCancel(t.Context())
			cancel()
			require.Equal(t, problem.ClientGone, problem.ReasonOf(query(gone, wait(core.DefaultWait))), name)
			cut, cutOff := context.WithCancelCause(t.Context())
			cutOff(problem.New(problem.Draining, "shutting down"))
			require.Equal(t, problem.Draining, problem.ReasonOf(query(cut, wait(core.DefaultWait))), name)
		}
	})
}

func TestAWaitForAnUnknownProducer(t *testing.T) {
	unknown := func(context.Context, producer.Key, int64) error {
		return problem.InField(problem.ProducerNotFound, "producer_id", "no producer is known")
	}
	for name, query := range waitings(waitingQueries(unknown)) {
		err := query(t.Context(), wait(core.DefaultWait))
		require.Equal(t, problem.ProducerNotFound, problem.ReasonOf(err), name)
		require.Equal(t, "wait_for.producer_id", problem.Of(err).Field, name)
	}
}

func TestAWaitThatCannotBe(t *testing.T) {
	producerOf := func(id string) *core.Wait {
		w := wait(core.DefaultWait)
		w.Producer.ProducerID = id
		return w
	}
	frame := func(sequence int64) *core.Wait {
		w := wait(core.DefaultWait)
		w.Sequence = sequence
		return w
	}
	for name, query := range waitings(waitingQueries(until(0))) {
		for _, bad := range []struct {
			wait  *core.Wait
			field string
		}{
			{producerOf(""), "wait_for.producer_id"},
			{producerOf("a b"), "wait_for.producer_id"},
			{frame(0), "wait_for.sequence"},
			{frame(-1), "wait_for.sequence"},
			{wait(0), "wait_for.timeout"},
			{wait(-time.Second), "wait_for.timeout"},
			{wait(core.MaxWait + 1), "wait_for.timeout"},
		} {
			err := query(t.Context(), bad.wait)
			require.Equal(t, problem.FieldInvalid, problem.ReasonOf(err), "%s: %+v", name, bad.wait)
			require.Equal(t, bad.field, problem.Of(err).Field, "%s: %+v", name, bad.wait)
		}
	}
}
