// Package instant reads moments as people give them to a query.
package instant

import (
	"fmt"
	"strings"
	"time"

	"github.com/sluice-ingest/sluice/tools/internal/human"
	"github.com/sluice-ingest/sluice/tools/internal/pointfile"
)

// Parse reads a moment and returns it in Unix nanoseconds: now, a time before
// it such as -1h, -7d or now-30m, RFC 3339, a date with or without a time of
// day in location, or a number since 1970.
func Parse(text string, now time.Time, location *time.Location) (int64, error) {
	if ago, ok := strings.CutPrefix(strings.TrimPrefix(text, "now"), "-"); ok {
		d, err := human.ParseLifetime(ago)
		if err != nil {
			return 0, err
		}
		return now.Add(-d).UnixNano(), nil
	}
	if text == "now" {
		return now.UnixNano(), nil
	}
	at, err := pointfile.ParseTimestamp(text, pointfile.UnitAuto, location)
	if err != nil {
		return 0, fmt.Errorf("%q is no time; write one such as -1h, now, 2026-11-22, 2026-11-22 10:00:00 or 2026-11-22T10:00:00Z", text)
	}
	return at, nil
}
