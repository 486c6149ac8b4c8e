package instant_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/tools/internal/instant"
)

func TestParse(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	zone := time.FixedZone("here", 3600)
	for text, want := range map[string]time.Time{
		"now":                       now,
		"-1h":                       now.Add(-time.Hour),
		"now-30m":                   now.Add(-30 * time.Minute),
		"-7d":                       now.AddDate(0, 0, -7),
		"2026-11-22":                time.Date(2026, 11, 21, 23, 0, 0, 0, time.UTC),
		"2026-11-22 10:00:00.5":     time.Date(2026, 11, 22, 9, 0, 0, 5e8, time.UTC),
		"2026-11-22T10:00:00Z":      time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC),
		"2026-11-22T10:00:00+05:00": time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC),
		"1700000000":                time.Unix(1700000000, 0),
	} {
		got, err := instant.Parse(text, now, zone)
		require.NoError(t, err, text)
		require.Equal(t, want.UnixNano(), got, text)
	}
	for text, want := range map[string]string{
		"": "is no time; write one such as -1h", "tomorrow": "is no time", "-1 hour": "is no time", "now-": "is no time", "-": "is no time",
	} {
		_, err := instant.Parse(text, now, zone)
		require.ErrorContains(t, err, want, text)
	}
}
