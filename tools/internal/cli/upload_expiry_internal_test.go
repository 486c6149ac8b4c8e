package cli

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestALifetimeIsRoundedUpByATwentieth(t *testing.T) {
	const lifetime = 20 * time.Hour
	begun := time.Date(2026, 11, 22, 12, 0, 0, 1, time.UTC)
	first := roundedExpiry(begun, lifetime)
	require.Equal(t, begun.Truncate(time.Hour).Add(lifetime+time.Hour), first)
	require.Equal(t, first, roundedExpiry(begun.Add(59*time.Minute), lifetime), "run again in the same step")
	require.NotEqual(t, first, roundedExpiry(begun.Add(time.Hour), lifetime))
	for _, short := range []time.Duration{time.Nanosecond, time.Millisecond, time.Second} {
		at := roundedExpiry(begun, short)
		require.True(t, at.After(begun), short)
		require.Equal(t, at, at.Truncate(time.Microsecond), "as the server keeps it")
	}
}
