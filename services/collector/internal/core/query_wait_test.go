package core_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/apply"
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

// wait waits for the seventh frame of a producer.
func wait(t *testing.T) *apply.Wait {
	t.Helper()
	w, err := apply.WaitOf(t.Context(), &queryv1.WaitFor{ProducerId: "p", Sequence: 7})
	require.NoError(t, err)
	return w
}

// waitings are the queries that can wait.
func waitings(q *core.Queries) map[string]func(ctx context.Context, w *apply.Wait) error {
	return map[string]func(ctx context.Context, w *apply.Wait) error{
		"samples": func(ctx context.Context, w *apply.Wait) error {
			query := &core.SamplesQuery{Selection: everything("acme")}
			query.Wait = w
			return q.Samples(ctx, query, &sink{})
		},
		"statistics": func(ctx context.Context, w *apply.Wait) error {
			query := &core.StatisticsQuery{Selection: everything("acme")}
			query.Wait = w
			_, err := q.Statistics(ctx, query)
			return err
		},
		"series": func(ctx context.Context, w *apply.Wait) error {
			_, err := q.Series(ctx, &core.SeriesQuery{Tenant: "acme", Limit: 1, Wait: w})
			return err
		},
	}
}

func TestAQueryWaitsForItsFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, query := range waitings(waitingQueries(until(3 * time.Second))) {
			began := time.Now()
			require.NoError(t, query(t.Context(), wait(t)), name)
			require.Equal(t, 3*time.Second, time.Since(began), name)
		}
	})
}

func TestAWaitEndsAtItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, query := range waitings(waitingQueries(until(time.Hour))) {
			began := time.Now()
			err := query(t.Context(), wait(t))
			require.Equal(t, problem.PositionNotReached, problem.ReasonOf(err), name)
			require.Equal(t, apply.DefaultWait, time.Since(began), name)
		}
	})
}
