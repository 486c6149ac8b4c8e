package logfile

import "time"

// survey looks at all timestamps of a file that have no year, or no date, before
// they are read.
type survey struct {
	// alone is the last time when each is on its own, and chained when each lies
	// near the one before it.
	alone, chained time.Time
	// first and end are the earliest line's and the latest of the chained times.
	first, end time.Time
	// turned tells that times that are on their own go back too far.
	turned, dateless bool
}

// lookAt reads all lines and sets the clock accordingly.
func (c *clock) lookAt(p parser, all *lines) {
	s := &survey{}
	c.survey = s
	// What ends the lines is told when they are read again.
	for l, err := all.next(); err == nil; l, err = all.next() {
		p.parse(l.text, &Entry{})
	}
	c.survey = nil
	if s.turned {
		c.last = s.start(c.limit(s.dateless))
	}
}

func (s *survey) time(c *clock, m moment) (time.Time, bool) {
	alone, ok := c.latest(m)
	if !ok {
		return alone, false
	}
	chained, ok := c.near(m, s.chained)
	if !ok {
		chained = alone
	}
	s.dateless = m.dateless()
	s.turned = s.turned || s.alone.Sub(alone) > s.half()
	s.alone, s.chained = alone, chained
	if s.first.IsZero() {
		s.first = chained
	}
	if chained.After(s.end) {
		s.end = chained
	}
	return chained, true
}

// half is half of what timestamps lack.
func (s *survey) half() time.Duration {
	if s.dateless {
		return 12 * time.Hour
	}
	return 365 * 12 * time.Hour
}

// start takes years, or days, off the first chained time until the last one is
// not beyond the limit.
func (s *survey) start(limit time.Time) time.Time {
	first, end := s.first, s.end
	for end.After(limit) {
		years, days := -1, 0
		if s.dateless {
			years, days = 0, -1
		}
		first, end = first.AddDate(years, 0, days), end.AddDate(years, 0, days)
	}
	return first
}
