package core_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/storage"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// failing are the queries of a store that fails.
func failing(err error) map[string]func(ctx context.Context) error {
	q := core.NewQueries(&answers{err: err}, seriesList{{ID: 1, Tenant: "acme"}}, until(0))
	return map[string]func(ctx context.Context) error{
		"samples": func(ctx context.Context) error {
			return q.Samples(ctx, &core.SamplesQuery{Selection: everything("acme")}, &sink{})
		},
		"buckets": func(ctx context.Context) error {
			return q.Samples(ctx, &core.SamplesQuery{Selection: everything("acme"), Bucket: 1e9}, &sink{})
		},
		"statistics": func(ctx context.Context) error {
			_, err := q.Statistics(ctx, &core.StatisticsQuery{Selection: everything("acme")})
			return err
		},
		"series": func(ctx context.Context) error {
			_, err := q.Series(ctx, &core.SeriesQuery{Tenant: "acme", Limit: 1})
			return err
		},
	}
}

func TestAFailureOfTheStoreHasItsReason(t *testing.T) {
	for _, c := range []struct {
		err  error
		want problem.Reason
	}{
		{storage.ErrFull, problem.StorageFull},
		{storage.ErrQueryTooLarge, problem.QueryTooLarge},
		{errors.New("disk 7 is gone"), problem.StorageFailed},
		{problem.New(problem.RateLimited, "too many queries"), problem.RateLimited},
	} {
		for name, query := range failing(fmt.Errorf("read: %w", c.err)) {
			err := query(t.Context())
			require.Equal(t, c.want, problem.ReasonOf(err), name)
			require.ErrorIs(t, err, c.err, "%s: the log has the cause", name)
			require.NotContains(t, problem.Of(err).Public(), "disk 7", name)
		}
	}
}

func TestAnInterruptedQueryTellsWhy(t *testing.T) {
	ctx, cut := context.WithCancelCause(t.Context())
	cut(problem.New(problem.Draining, "shutting down"))
	for name, query := range failing(errors.New("interrupted")) {
		require.Equal(t, problem.Draining, problem.ReasonOf(query(ctx)), name)
	}
}
