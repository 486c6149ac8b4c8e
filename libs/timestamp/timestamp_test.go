package timestamp_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/timestamp"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestATimestampIsCheckedAndExplained(t *testing.T) {
	for name, tt := range map[string]struct {
		timestamp int64
		retention time.Duration
		fault     timestamp.Fault
		words     string
	}{
		"now":               {timestamp: now.UnixNano()},
		"first nanosecond":  {timestamp: 1e17},
		"ten minutes ahead": {timestamp: now.Add(10 * time.Minute).UnixNano()},
		"further ahead": {
			now.Add(10*time.Minute + time.Millisecond).UnixNano(), 0, timestamp.InFuture,
			"2026-11-23T12:10:00.001Z is 10m0.001s ahead of the server's clock; at most 10m0s is accepted",
		},
		"the last one": {math.MaxInt64, 0, timestamp.InFuture, "is 2"},
		"missing":      {0, 0, timestamp.Invalid, "is missing; give nanoseconds since 1970-01-01T00:00:00Z"},
		"before 1970":  {-1, 0, timestamp.Invalid, "-1 is before 1970; give nanoseconds"},
		"in no unit":   {99_999_999, 0, timestamp.Invalid, "99999999 is no time after 1973-03-03T09:46:40Z; give"},
		"seconds":      {1_700_000_000, 0, timestamp.Unit, "1700000000 is in seconds; multiply by 1,000,000,000"},
		"last second":  {1e11 - 1, 0, timestamp.Unit, "is in seconds"},
		"milliseconds": {1e11, 0, timestamp.Unit, "100000000000 is in milliseconds; multiply by 1,000,000"},
		"microseconds": {1e17 - 1, 0, timestamp.Unit, "is in microseconds; multiply by 1,000"},
		"in the retention": {
			timestamp: now.Add(-time.Hour).UnixNano(), retention: time.Hour,
		},
		"older than the retention": {
			now.Add(-time.Hour).UnixNano() - 1, time.Hour, timestamp.TooOld,
			"2026-11-23T10:59:59.999999999Z is older than the retention of 1h0m0s",
		},
		"seconds, whatever the retention": {1_700_000_000, time.Hour, timestamp.Unit, "is in seconds"},
	} {
		t.Run(name, func(t *testing.T) {
			rules := timestamp.NewRules(now, tt.retention)
			fault := rules.Check(tt.timestamp)
			require.Equal(t, tt.fault, fault)
			if fault != timestamp.None {
				require.Contains(t, rules.Explain(tt.timestamp, fault), tt.words)
			}
		})
	}
}
