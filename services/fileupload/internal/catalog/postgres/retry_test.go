package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

var errDeadlock = &pgconn.PgError{Severity: "ERROR", SeverityUnlocalized: "ERROR", Code: deadlockDetected}

func TestWhatPassesIsTriedAgain(t *testing.T) {
	for name, passing := range map[string]error{
		"a deadlock":                errDeadlock,
		"a conflict":                &pgconn.PgError{Code: serializationFailure},
		"a server that stops":       &pgconn.PgError{Code: adminShutdown},
		"a server that starts":      &pgconn.PgError{Code: cannotConnectNow},
		"no free place":             &pgconn.PgError{Code: tooManyConnections},
		"a session that was closed": io.ErrUnexpectedEOF,
		"a server that is away":     &net.OpError{Op: "dial", Err: errors.New("refused")},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, tries := &Catalog{timeouts: defaultTimeouts()}, 0
				require.NoError(t, c.retry(t.Context(), func(context.Context) error {
					tries++
					if tries < 4 {
						return fmt.Errorf("query: %w", passing)
					}
					return nil
				}))
				require.Equal(t, 4, tries)
			})
		})
	}
}

func TestWhatStaysIsNotTriedAgain(t *testing.T) {
	for name, staying := range map[string]error{
		"a refusal":         errors.New("refused"),
		"a full disk":       &pgconn.PgError{Code: diskFull},
		"a lock's timeout":  &pgconn.PgError{Code: "55P03"},
		"an unknown commit": fmt.Errorf("%w: unexpected EOF", errUnknown),
	} {
		t.Run(name, func(t *testing.T) {
			c, tries := &Catalog{timeouts: defaultTimeouts()}, 0
			require.Equal(t, staying, c.retry(t.Context(), func(context.Context) error {
				tries++
				return staying
			}))
			require.Equal(t, 1, tries)
		})
	}
}

func TestPatienceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, tries, begin := &Catalog{timeouts: defaultTimeouts()}, 0, time.Now()
		err := c.retry(t.Context(), func(context.Context) error {
			tries++
			return errDeadlock
		})
		require.Equal(t, errDeadlock, err)
		require.InDelta(t, 9.5, time.Since(begin).Seconds(), 0.5)
		require.Less(t, tries, 40)
	})
}

func TestACallerDoesNotWaitForAnotherTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Catalog{timeouts: defaultTimeouts()}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		begin := time.Now()
		err := c.retry(ctx, func(context.Context) error { return errDeadlock })
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, errDeadlock)
		require.Equal(t, 2*time.Second, time.Since(begin))
	})
}

// An end of the context means that the caller's has ended: another one is the
// server's silence.
func TestASilentServerIsNoEndOfTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Catalog{timeouts: defaultTimeouts()}
		err := c.retry(t.Context(), func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		require.ErrorIs(t, err, errSilent)
		require.NotErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestACommitIsUndoneOnlyForSure(t *testing.T) {
	require.True(t, undone(errDeadlock))
	for _, doubtful := range []error{
		&pgconn.PgError{SeverityUnlocalized: "FATAL", Code: adminShutdown}, io.ErrUnexpectedEOF, context.DeadlineExceeded,
	} {
		require.False(t, undone(doubtful), doubtful)
	}
}
