package client

import (
	"context"
	"errors"
	"fmt"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// withRetry makes attempts until one succeeds, fails for good, or the policy
// gives up.
func (u *upload) withRetry(ctx context.Context) (*fileuploadv1.UploadFileResponse, error) {
	var failures failureCount
	for {
		response, err := u.attempt(ctx)
		if err == nil || ctx.Err() != nil || !u.worthRetrying(err) {
			return response, err
		}
		count := failures.add(u.meter.durable(0))
		if count >= u.client.retry.MaxAttempts {
			return nil, fmt.Errorf("gave up after %d attempts without progress: %w", count, err)
		}
		pause := u.client.pause(count, err)
		u.meter.wait(err, pause)
		u.client.wakeConnection()
		if stopped := sleep(ctx, pause); stopped != nil {
			return nil, fmt.Errorf("stopped before the next attempt: %w", errors.Join(stopped, err))
		}
	}
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
