package core

import (
	"context"
	"errors"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// failure turns an error of the store or the catalog into what the sender of an
// upload is told. Problems and ends of a context stay what they are.
func failure(err error) error {
	return explain(err, advice{full: "resume when there is room again", failed: "resume from the durable position"})
}

// callFailure is failure for calls that have no position to resume from.
func callFailure(err error) error {
	return explain(err, advice{full: "try again when there is room", failed: "try again in a moment"})
}

// advice is what a caller should do about a full storage, and about one that failed.
type advice struct {
	full, failed string
}

func explain(err error, do advice) error {
	if _, ok := errors.AsType[*problem.Error](err); ok || err == nil {
		return err
	}
	if over, ok := errors.AsType[*QuotaError](err); ok {
		return over.problem()
	}
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, ErrFenced):
		return problem.Because(problem.Fenced, err, "another stream of this upload took it over")
	case errors.Is(err, ErrExists):
		return problem.Because(problem.Fenced, err, "another stream of this upload finished it; ask for its receipt with a new stream")
	case errors.Is(err, ErrDamaged):
		return problem.Because(problem.ContentDamaged, err, "the stored content is not what was written")
	case errors.Is(err, ErrNoSpace):
		return problem.Because(problem.StorageFull, err, "the storage is full; "+do.full)
	default:
		return problem.Because(problem.StorageFailed, err, "the storage failed; "+do.failed)
	}
}

// endedElsewhere says of an upload that is not receiving any more that it has ended,
// which another replica has done when a stream carries it here.
func endedElsewhere(err error) error {
	if errors.Is(err, ErrNotFound) {
		return problem.Because(problem.WorkEnded, err, "the upload has ended: it was aborted, has expired or has become a file; ask where it stands")
	}
	return err
}

// EndsUpload tells whether an upload that met err can't become a file any more,
// whatever its client sends, and so is given up.
func EndsUpload(err error) bool {
	switch problem.ReasonOf(err) {
	case problem.TypeNotAllowed, problem.TypeMismatch, problem.SizeLimitExceeded, problem.SizeMismatch,
		problem.ChecksumMismatch, problem.ContentDamaged, problem.NotScannable:
		return true
	default:
		return false
	}
}
