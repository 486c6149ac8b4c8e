package client

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// trial is work that may take several attempts.
type trial struct {
	attempt func(context.Context) error
	// again tells whether another attempt can go better after a failure. After
	// one that refuses the token it also takes another token.
	again func(error) bool
	// reached is how far the work has come. Failures are counted from the last
	// time that it moved.
	reached func() int64
	// waiting is told of each pause before it begins.
	waiting func(failure error, pause time.Duration)
}

// never is the again of what is attempted once.
func never(error) bool { return false }

// try makes attempts until one succeeds, fails for good, or the policy gives
// up.
func (c *StreamingClient) try(ctx context.Context, t trial) error {
	failures := failureCount{position: t.reached()}
	for {
		used := new(usedToken)
		err := t.attempt(used.in(ctx))
		if err == nil || ctx.Err() != nil {
			return err
		}
		// The source learns of a refusal also where nothing is tried again.
		hopeless := refusesToken(err) && !c.renewal.renewed(ctx, used, err)
		if hopeless || !t.again(err) {
			return err
		}
		count := failures.add(t.reached())
		if count >= c.retry.MaxAttempts {
			return fmt.Errorf("gave up after %d attempts without progress: %w", count, err)
		}
		pause := c.pause(count, err)
		t.waiting(err, pause)
		c.wakeConnection()
		if stopped := sleep(ctx, pause); stopped != nil {
			return fmt.Errorf("stopped before the next attempt: %w", errors.Join(stopped, err))
		}
	}
}
