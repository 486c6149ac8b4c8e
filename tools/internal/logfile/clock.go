package logfile

import "time"

const (
	// maxAhead is how far after the reference a timestamp without a year may lie,
	// and maxAheadToday one without a date.
	maxAhead      = 24 * time.Hour
	maxAheadToday = 10 * time.Minute
	// leapCycle is the longest distance between two leap years.
	leapCycle = 8
)

// clock turns timestamps as they are written into times. One that has no year
// gets the latest that is not more than a day after the reference, one without a
// date the latest day. Where that goes back by more than half a year, or half a
// day, the input covers a turn, or more, and its times follow each other: see
// [survey].
type clock struct {
	location  *time.Location
	reference time.Time
	// last is the time that the next one without a year lies near to; zero where
	// each is on its own.
	last time.Time
	// survey is set while all timestamps are looked at.
	survey *survey
}

// time returns the time of a moment; false for a date that there is not.
func (c *clock) time(m moment) (time.Time, bool) {
	if m.year != 0 {
		return m.in(m.year, c.location)
	}
	if c.survey != nil {
		return c.survey.time(c, m)
	}
	if at, ok := c.near(m, c.last); ok {
		c.last = at
		return at, true
	}
	return c.latest(m)
}

// near returns the time nearest to another one.
func (c *clock) near(m moment, other time.Time) (best time.Time, ok bool) {
	if other.IsZero() {
		return best, false
	}
	for step := -1; step <= 1; step++ {
		at, exists := c.place(m, other, step)
		if exists && (!ok || at.Sub(other).Abs() < best.Sub(other).Abs()) {
			best, ok = at, true
		}
	}
	return best, ok
}

// latest returns the latest time that is not beyond the limit.
func (c *clock) latest(m moment) (time.Time, bool) {
	limit := c.limit(m.dateless())
	for step := range leapCycle + 1 {
		if at, exists := c.place(m, limit, -step); exists && !at.After(limit) {
			return at, true
		}
	}
	return time.Time{}, false
}

// place completes a moment by the year of another time, or by its day, and so
// many steps.
func (c *clock) place(m moment, near time.Time, step int) (time.Time, bool) {
	near = near.In(c.location)
	if !m.dateless() {
		return m.in(near.Year()+step, c.location)
	}
	day := near.AddDate(0, 0, step)
	m.month, m.day = day.Month(), day.Day()
	return m.in(day.Year(), c.location)
}

// limit is the latest time that a moment without a year or date may mean.
func (c *clock) limit(dateless bool) time.Time {
	if dateless {
		return c.reference.Add(maxAheadToday)
	}
	return c.reference.Add(maxAhead)
}
