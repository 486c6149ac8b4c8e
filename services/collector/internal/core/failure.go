package core

import (
	"context"
	"errors"
	"time"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// lagRetry is when to come back to a store that lags: it catches up faster than
// a disk is cleared.
const lagRetry = 2 * time.Second

// Failure turns an error of the journal or the store into what the caller is
// told. Problems and ends of a context stay what they are.
func Failure(err error) error {
	if _, ok := errors.AsType[*problem.Error](err); ok || err == nil {
		return err
	}
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, journal.ErrBound):
		lag := problem.Because(problem.StorageFull, err, "the store lags behind and the journal is at its bound; resume in a moment")
		lag.RetryAfter = lagRetry
		return lag
	case errors.Is(err, journal.ErrFull), errors.Is(err, ErrStoreFull):
		return problem.Because(problem.StorageFull, err, "the storage is full; resume when there is room again")
	default:
		return problem.Because(problem.StorageFailed, err, "the storage failed; resume from the durable position")
	}
}
