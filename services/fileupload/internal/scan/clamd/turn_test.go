package clamd

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAScanWaitsForItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{MaxScans: 1, Timeout: time.Minute})
		buffer, err := s.takeTurn(t.Context())
		require.NoError(t, err)
		time.AfterFunc(59*time.Second, func() { s.turns <- buffer })
		_, err = s.takeTurn(t.Context())
		require.NoError(t, err)
	})
}

func TestAScanThatGetsNoTurnFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{Address: "scanner:3310", MaxScans: 2, Timeout: time.Minute})
		for range 2 {
			_, err := s.takeTurn(t.Context())
			require.NoError(t, err)
		}
		began := time.Now()
		_, err := s.takeTurn(t.Context())
		require.EqualError(t, err, "all 2 scans have been busy for 1m0s: is clamd at scanner:3310 overloaded?")
		require.Equal(t, time.Minute, time.Since(began))
	})
}

func TestTheEndOfAContextEndsTheWaitForATurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{MaxScans: 1})
		_, err := s.takeTurn(t.Context())
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = s.takeTurn(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}
