package core

import (
	"context"
	"errors"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// failure turns an error of the store or the catalog into what the caller is
// told. Problems and ends of a context stay what they are.
func failure(err error) error {
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
		return problem.Because(problem.StorageFull, err, "the storage is full; resume when there is room again")
	default:
		return problem.Because(problem.StorageFailed, err, "the storage failed; resume from the durable position")
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
