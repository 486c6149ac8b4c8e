// Package timestamp checks the times that points and log entries come with.
package timestamp

import (
	"fmt"
	"time"
)

const (
	// first is 1973-03-03T09:46:40Z in nanoseconds. A smaller number is not
	// taken for nanoseconds.
	first = 100_000_000_000_000_000
	// maxAhead is how far ahead of the server's clock a timestamp may be.
	maxAhead = 10 * time.Minute
)

// Fault is what is wrong with a timestamp.
type Fault int

// The faults.
const (
	// None is a timestamp that is accepted.
	None Fault = iota
	// Invalid is one that is missing or before 1973, and plainly in no other
	// unit.
	Invalid
	// Unit is one that is plainly in seconds, milliseconds or microseconds.
	Unit
	// TooOld is one older than the retention.
	TooOld
	// InFuture is one more than 10 minutes ahead of the server's clock.
	InFuture
)

// Rules are what a timestamp has to keep at one moment. Make them anew for every
// frame.
type Rules struct {
	now time.Time
	// oldest and newest are the first and last timestamp accepted.
	oldest, newest int64
	retention      time.Duration
}

// NewRules returns the rules at now. A retention of 0 is without end.
func NewRules(now time.Time, retention time.Duration) Rules {
	r := Rules{now: now, oldest: first, newest: now.Add(maxAhead).UnixNano(), retention: retention}
	if retention > 0 {
		r.oldest = max(r.oldest, now.UnixNano()-retention.Nanoseconds())
	}
	return r
}

// Check returns what is wrong with a timestamp in Unix nanoseconds. It is small
// enough to be inlined.
func (r *Rules) Check(t int64) Fault {
	if t < r.oldest || t > r.newest {
		return r.fault(t)
	}
	return None
}

func (r *Rules) fault(t int64) Fault {
	switch {
	case t >= first && t < r.oldest:
		return TooOld
	case t >= first:
		return InFuture
	case unitOf(t) != nil:
		return Unit
	default:
		return Invalid
	}
}

// Explain puts into words what is wrong with a timestamp and what would be
// right.
func (r *Rules) Explain(t int64, fault Fault) string {
	const right = "give nanoseconds since 1970-01-01T00:00:00Z"
	at := time.Unix(0, t).UTC().Format(time.RFC3339Nano)
	switch {
	case fault == Unit:
		unit := unitOf(t)
		return fmt.Sprintf("%d is in %s; multiply by %s", t, unit.name, unit.factor)
	case fault == TooOld:
		return fmt.Sprintf("%s is older than the retention of %s", at, r.retention)
	case fault == InFuture:
		ahead := time.Duration(t - r.now.UnixNano()).Round(time.Millisecond)
		return fmt.Sprintf("%s is %s ahead of the server's clock; at most %s is accepted", at, ahead, maxAhead)
	case t == 0:
		return "is missing; " + right
	case t < 0:
		return fmt.Sprintf("%d is before 1970; %s", t, right)
	default:
		return fmt.Sprintf("%d is no time after %s; %s", t, time.Unix(0, first).UTC().Format(time.RFC3339), right)
	}
}
