package client

import (
	"context"
	"fmt"
	"math"
	"time"
)

// RetryPolicy says how often and how patiently a transfer is retried. A zero
// field takes its default.
type RetryPolicy struct {
	// MaxAttempts without progress, the first one included; 8 by default, 1
	// means no retry. The count begins anew whenever the durable position of an
	// upload or producer, or the received one of a download, has moved, when a
	// producer's stream was cut while there was nothing to send, when a part of a
	// search's answer has come, and when a tail has started.
	MaxAttempts int
	// InitialBackoff bounds the pause before the first retry; 200 ms by default.
	InitialBackoff time.Duration
	// MaxBackoff bounds every pause; 15 s by default. A longer RetryInfo of the
	// server is heeded all the same.
	MaxBackoff time.Duration
	// Multiplier is the growth of the bound from one retry to the next; 2 by
	// default, at least 1.
	Multiplier float64
	// Jitter is the random share of a pause, from 0 to 1. The default is 1: a
	// pause is anything between nothing and its bound. A negative value means
	// no randomness.
	Jitter float64
}

func (p RetryPolicy) withDefaults() RetryPolicy {
	if p.MaxAttempts == 0 {
		p.MaxAttempts = 8
	}
	if p.InitialBackoff == 0 {
		p.InitialBackoff = 200 * time.Millisecond
	}
	if p.MaxBackoff == 0 {
		p.MaxBackoff = max(15*time.Second, p.InitialBackoff)
	}
	if p.Multiplier == 0 {
		p.Multiplier = 2
	}
	if p.Jitter == 0 {
		p.Jitter = 1
	}
	return p
}

func (p RetryPolicy) validate() error {
	p = p.withDefaults()
	switch {
	case p.MaxAttempts < 1:
		return fmt.Errorf("client: retry with %d attempts; at least 1 is needed", p.MaxAttempts)
	case p.InitialBackoff < 0 || p.MaxBackoff < p.InitialBackoff:
		return fmt.Errorf("client: retry backoff from %s to %s is no range", p.InitialBackoff, p.MaxBackoff)
	case p.Multiplier < 1:
		return fmt.Errorf("client: retry multiplier %g is below 1", p.Multiplier)
	case p.Jitter > 1:
		return fmt.Errorf("client: retry jitter %g is above 1", p.Jitter)
	}
	return nil
}

// backoff returns the pause after the given number of failures in a row, at
// least 1. random is in [0, 1).
func (p RetryPolicy) backoff(failures int, random float64) time.Duration {
	bound := float64(p.InitialBackoff) * math.Pow(p.Multiplier, float64(failures-1))
	bound = min(bound, float64(p.MaxBackoff))
	jitter := max(p.Jitter, 0)
	return time.Duration(bound * (1 - jitter + jitter*random))
}

// failureCount counts failures in a row without progress.
type failureCount struct {
	count    int
	position int64
}

// add takes in a failure at position and returns the count.
func (f *failureCount) add(position int64) int {
	if position > f.position {
		f.position = position
		f.count = 0
	}
	f.count++
	return f.count
}

// sleep waits for d or for the end of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
