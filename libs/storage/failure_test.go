package storage_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/storage"
)

func TestAFailureHasItsReasonAndItsAdvice(t *testing.T) {
	for _, c := range []struct {
		err           error
		reason        problem.Reason
		retry         time.Duration
		stream, query string
	}{
		{journal.ErrBound, problem.StorageFull, 2 * time.Second, "resume in a moment", "try again in a moment"},
		{journal.ErrFull, problem.StorageFull, 0, "resume when there is room", "try again when there is room"},
		{storage.ErrFull, problem.StorageFull, 0, "resume when there is room", "try again when there is room"},
		{storage.ErrQueryTooLarge, problem.QueryTooLarge, 0, "select less", "select less"},
		{journal.ErrFailed, problem.StorageFailed, 0, "resume from the durable position", "try again"},
		{errors.New("disk 7 is gone"), problem.StorageFailed, 0, "resume from the durable position", "try again"},
	} {
		cause := fmt.Errorf("store: apply: %w", c.err)
		requireTold(t, storage.Failure(cause), c.err, c.reason, c.retry, c.stream)
		requireTold(t, storage.QueryFailure(t.Context(), cause), c.err, c.reason, c.retry, c.query)
	}
}

func TestAFrameThatTheJournalCanNotHoldIsNotSentAgain(t *testing.T) {
	cause := fmt.Errorf("append: %w", journal.ErrTooLarge)
	requireTold(t, storage.Failure(cause), journal.ErrTooLarge, problem.FrameTooLarge, 0, "send smaller frames")
}

func requireTold(
	t *testing.T, err, cause error, reason problem.Reason, retry time.Duration, advice string,
) {
	t.Helper()
	require.ErrorIs(t, err, cause, "the log has the cause")
	told := problem.Of(err)
	require.Equal(t, reason, told.Reason)
	require.Equal(t, retry, told.RetryAfter)
	require.Contains(t, told.Public(), advice)
	require.NotContains(t, told.Public(), "apply", "the caller does not see the cause")
}

func TestProblemsStayWhatTheyAre(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	limited := fmt.Errorf("wait: %w", problem.New(problem.RateLimited, "too many queries"))
	require.Equal(t, limited, storage.Failure(limited))
	require.Equal(t, limited, storage.QueryFailure(ended, limited))
	require.NoError(t, storage.Failure(nil))
	require.NoError(t, storage.QueryFailure(ended, nil))
}

func TestTheEndOfAStreamStaysWhatItIs(t *testing.T) {
	for _, end := range []error{context.Canceled, context.DeadlineExceeded} {
		err := fmt.Errorf("append: %w", end)
		require.Equal(t, err, storage.Failure(err))
	}
}

func TestAnInterruptedQueryTellsWhy(t *testing.T) {
	ctx, cut := context.WithCancelCause(t.Context())
	cut(problem.New(problem.Draining, "shutting down"))
	err := storage.QueryFailure(ctx, errors.New("interrupted"))
	require.Equal(t, problem.Draining, problem.ReasonOf(err))
}
