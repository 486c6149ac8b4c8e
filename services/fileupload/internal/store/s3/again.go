package s3

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/minio/minio-go/v7"
)

// The waits before an object is asked for again are those of minio-go.
const (
	firstWait = 200 * time.Millisecond
	maxWait   = time.Second
)

// again reads until that succeeds, as often as a request is tried. minio-go
// tries until an answer begins; this is for what breaks in its body.
func (s *Store) again(ctx context.Context, read func() error) error {
	for attempt := 1; ; attempt++ {
		err := read()
		if err == nil || isFinal(err) || attempt >= s.attempts {
			return err
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

// untilThere looks until what it looks for is there, as often as a request is tried. A
// server that is completing a multipart upload, for another request or for a process
// that was killed meanwhile, may have neither that, or not its parts, nor the object
// for a moment.
func (s *Store) untilThere(ctx context.Context, look func() error) error {
	for attempt := 1; ; attempt++ {
		err := look()
		if !isAbsent(err) && !errors.Is(err, errFewParts) || attempt >= s.attempts {
			return err
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

// isFinal tells whether the server has answered, so that minio-go has tried
// already what can be tried.
func isFinal(err error) bool {
	return minio.ToErrorResponse(err).StatusCode != 0 || errors.Is(err, errNoRange)
}

func pause(ctx context.Context, attempt int) error {
	wait := min(firstWait<<min(attempt-1, 3), maxWait)
	select {
	case <-time.After(rand.N(wait)): //nolint:gosec // a wait is no secret
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
