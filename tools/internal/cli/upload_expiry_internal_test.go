package cli

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestALifetimeIsRoundedDownByATwentieth(t *testing.T) {
	const lifetime = 20 * time.Hour
	begun := time.Date(2026, 11, 22, 12, 0, 0, 1, time.UTC)
	first := roundedExpiry(begun, lifetime)
	require.Equal(t, begun.Truncate(time.Hour).Add(lifetime), first)
	require.Equal(t, first, roundedExpiry(begun.Add(59*time.Minute), lifetime), "run again in the same step")
	require.NotEqual(t, first, roundedExpiry(begun.Add(time.Hour), lifetime))
	for _, lifetime := range []time.Duration{time.Millisecond, time.Second, 7 * time.Hour, 365 * 24 * time.Hour} {
		at := roundedExpiry(begun, lifetime)
		require.LessOrEqual(t, at.Sub(begun), lifetime, "a policy's longest")
		require.GreaterOrEqual(t, at.Sub(begun), lifetime*18/20)
		require.Equal(t, at, at.Truncate(time.Microsecond), "as the server keeps it")
	}
}
