package quota_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/quota"
)

func TestDaysBeginAtMidnightInUTC(t *testing.T) {
	midnight := time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC)
	day := quota.DayOf(midnight)
	require.Equal(t, day, quota.DayOf(midnight.Add(24*time.Hour-1)))
	require.Equal(t, day-1, quota.DayOf(midnight.Add(-1)))
	require.Equal(t, day, quota.DayOf(midnight.In(time.FixedZone("west", -8*3600))))
	require.Equal(t, midnight.Add(24*time.Hour), day.End())
	require.Equal(t, quota.Day(-1), quota.DayOf(time.Unix(-1, 0)))
	require.Equal(t, quota.Day(0), quota.DayOf(time.Unix(0, 0)))
}
