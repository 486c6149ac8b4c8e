package client

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// watchError ends a stream whose durable position can't be watched: its window
// would fill and never empty.
type watchError struct{ err error }

func (e *watchError) Error() string {
	return "the producer's position can't be watched: " + e.err.Error()
}

func (e *watchError) Unwrap() error { return e.err }

// cutTime is more than a server takes to settle a stream that it cuts.
const cutTime = 15 * time.Second

// watch releases what becomes durable until the server has answered. A watch
// that ends before is begun again.
func (x *exchange[R]) watch() {
	err := x.sending.client.try(x.ctx, trial{
		attempt: x.follow,
		again:   retryable,
		reached: func() int64 {
			durable, _ := x.sending.window.position()
			return durable
		},
		waiting: func(error, time.Duration) {},
	})
	if refusesToken(err) {
		// The stream has the same token: its own end tells the position.
		_ = sleep(x.ctx, cutTime)
	}
	if x.ctx.Err() == nil {
		x.cancel(&watchError{err: err})
	}
}

// follow takes in the positions of one watch. It never returns nil.
func (x *exchange[R]) follow(ctx context.Context) error {
	s := x.sending
	receive, err := s.service.watch(ctx, s.producerID)
	if err != nil {
		return s.client.callError(ctx, err)
	}
	for {
		position, err := receive()
		if errors.Is(err, io.EOF) {
			err = status.Error(codes.Unavailable, "the server ended the watch of the producer's position")
		}
		if err != nil {
			return s.client.callError(ctx, err)
		}
		s.settle(position.GetPosition().GetDurable())
	}
}
