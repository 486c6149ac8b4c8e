package cli

import (
	"fmt"
	"time"

	"github.com/sluice-ingest/sluice/tools/internal/human"
	"github.com/sluice-ingest/sluice/tools/internal/instant"
)

// expirySteps is into how many parts a lifetime is divided to round it.
const expirySteps = 20

// expiry reads --expires, a lifetime or a time; the zero time is for none.
func (f uploadFlags) expiry(now time.Time) (time.Time, error) {
	if f.expires == "" {
		return time.Time{}, nil
	}
	return parseExpiry(f.expires, now, roundedExpiry)
}

// parseExpiry reads a time, or a lifetime whose end is told by end.
func parseExpiry(text string, now time.Time, end func(now time.Time, lifetime time.Duration) time.Time) (time.Time, error) {
	if lifetime, err := human.ParseLifetime(text); err == nil {
		return end(now, lifetime), nil
	}
	at, err := instant.Parse(text, now, time.Local)
	if err != nil {
		return time.Time{}, fmt.Errorf("--expires %q is neither a time such as 2027-01-31 nor a lifetime such as 30d or 12h", text)
	}
	if at <= now.UnixNano() {
		return time.Time{}, fmt.Errorf("--expires %s lies in the past; give a time to come", text)
	}
	return time.Unix(0, at).UTC().Truncate(time.Microsecond), nil
}

// roundedExpiry is when a lifetime that begins now is over, rounded down: a policy's
// longest lifetime stays within it. The expiry is a part of an upload's header, which
// a resume has to repeat: a command that is run again soon gets the same.
func roundedExpiry(now time.Time, lifetime time.Duration) time.Time {
	step := max(lifetime/expirySteps, time.Microsecond)
	return now.Add(lifetime).UTC().Truncate(step).Truncate(time.Microsecond)
}
