package storage

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

// Failure turns an error of the journal or the store into what the sender of a
// stream is told. Problems and ends of a context stay what they are, and nil is
// nil.
func Failure(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, journal.ErrTooLarge) {
		return problem.Because(problem.FrameTooLarge, err,
			"what is to be kept of the frame is larger than a record of the journal may be; send smaller frames")
	}
	return explain(err, advice{again: "resume", failed: "resume from the durable position"})
}

// QueryFailure turns an error of the store, or of the journal that takes a
// deletion in, into what the caller of a query is told. Problems stay what they
// are, and nil is nil. Once ctx has ended, whatever else went wrong is a
// consequence of that, and its cause is returned.
func QueryFailure(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil && !isProblem(err) {
		return context.Cause(ctx)
	}
	return explain(err, advice{again: "try again", failed: "try again"})
}

// advice is what a caller should do: once there is room again, and after a
// failure.
type advice struct {
	again, failed string
}

func explain(err error, do advice) error {
	switch {
	case err == nil, isProblem(err):
		return err
	case errors.Is(err, journal.ErrBound):
		lag := problem.Because(problem.StorageFull, err,
			"the store lags behind and the journal is at its bound; "+do.again+" in a moment")
		lag.RetryAfter = lagRetry
		return lag
	case errors.Is(err, journal.ErrFull), errors.Is(err, ErrFull):
		return problem.Because(problem.StorageFull, err, "the storage is full; "+do.again+" when there is room")
	case errors.Is(err, ErrQueryTooLarge):
		return problem.Because(problem.QueryTooLarge, err,
			"the query needs more memory than it may take; select less or a shorter time, or group into fewer and larger parts")
	default:
		return problem.Because(problem.StorageFailed, err, "the storage failed; "+do.failed)
	}
}

func isProblem(err error) bool {
	_, ok := errors.AsType[*problem.Error](err)
	return ok
}
