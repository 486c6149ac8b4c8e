package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	firstPause   = 10 * time.Millisecond
	longestPause = time.Second
)

// errSilent says that the database has not answered in time.
var errSilent = errors.New("the database does not answer: look after it and the network")

// retry tries what changes nothing when it fails again, as long as the reason
// passes and the patience lasts.
func (c *Catalog) retry(ctx context.Context, try func(ctx context.Context) error) error {
	end := time.Now().Add(c.timeouts.patience)
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := c.attempt(ctx, try)
		if err == nil || !passes(err) || time.Now().Add(pause).After(end) {
			return err
		}
		if ctxErr := wait(ctx, jittered(pause)); ctxErr != nil {
			return fmt.Errorf("%w: %w", ctxErr, err)
		}
	}
}

// jittered spreads the tries of those that failed together.
func jittered(pause time.Duration) time.Duration {
	return pause/2 + rand.N(pause/2) //nolint:gosec // chance only spreads load
}

// attempt tries once. What it returns is an error of the context only when that of
// the caller has ended.
func (c *Catalog) attempt(ctx context.Context, try func(ctx context.Context) error) error {
	own, cancel := context.WithTimeout(ctx, c.timeouts.attempt)
	defer cancel()
	err := try(own)
	switch {
	case err == nil || errors.Is(err, errUnknown):
		return err
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	case own.Err() != nil:
		return fmt.Errorf("%w: %v", errSilent, err) //nolint:errorlint // the context that has ended is not the caller's
	default:
		return err
	}
}

// wait returns an error when the context ends first.
func wait(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// The SQLSTATEs of what passes.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	tooManyConnections   = "53300"
	adminShutdown        = "57P01"
	crashShutdown        = "57P02"
	cannotConnectNow     = "57P03"
)

// passes tells whether an error is of those that another try may not meet: lost
// sessions, a server that starts, and the victims of a deadlock.
func passes(err error) bool {
	if answer, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch answer.Code {
		case serializationFailure, deadlockDetected, tooManyConnections, adminShutdown, crashShutdown, cannotConnectNow:
			return true
		}
		return false
	}
	_, network := errors.AsType[*net.OpError](err)
	return network || pgconn.SafeToRetry(err) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
