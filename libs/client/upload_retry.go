package client

import (
	"context"
	"errors"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// withRetry makes attempts until one succeeds, fails for good, or the policy
// gives up.
func (u *upload) withRetry(ctx context.Context) (*fileuploadv1.UploadFileResponse, error) {
	return u.attemptWhile(ctx, u.worthRetrying)
}

func (u *upload) attemptWhile(ctx context.Context, again func(error) bool) (response *fileuploadv1.UploadFileResponse, err error) {
	err = u.client.try(ctx, trial{
		attempt: func(ctx context.Context) (err error) {
			response, err = u.attempt(ctx)
			return err
		},
		again:   again,
		reached: func() int64 { return u.meter.durable(0) },
		waiting: u.meter.wait,
	})
	return response, err
}

// worthRetrying tells whether the next attempt can go better. A chunk or a
// message that was too large is one such case when it was sent before the
// server's Hello had told the limit: the next attempt waits for the Hello.
func (u *upload) worthRetrying(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok || (e.Reason != reasonChunkTooLarge && e.Reason != reasonMessageTooLarge) {
		return retryable(err)
	}
	lowered := u.lowered
	u.lowered = false
	return lowered || !u.greeted
}
