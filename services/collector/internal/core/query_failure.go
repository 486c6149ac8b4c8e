package core

import (
	"context"
	"errors"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// queryFailure turns an error of the store into what the caller is told.
// Problems stay what they are. Once ctx has ended, whatever else went wrong is a
// consequence of that.
func queryFailure(ctx context.Context, err error) error {
	if _, ok := errors.AsType[*problem.Error](err); ok || err == nil {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, ErrStoreFull):
		return problem.Because(problem.StorageFull, err, "the storage is full; try again when there is room")
	case errors.Is(err, ErrQueryTooLarge):
		return problem.Because(problem.QueryTooLarge, err,
			"the query needs more memory than it may take; select fewer series or a shorter time, or take larger buckets")
	default:
		return problem.Because(problem.StorageFailed, err, "the storage failed; try again")
	}
}
