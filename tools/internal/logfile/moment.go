package logfile

import (
	"strings"
	"time"
)

// moment is a timestamp as it is written.
type moment struct {
	// year is 0 when it is not told, and month when there is no date at all.
	year                 int
	month                time.Month
	day                  int
	hour, minute, second int
	nanosecond           int
	// offset is that of the zone in seconds, when zoned.
	offset int
	zoned  bool
}

func (m moment) dateless() bool { return m.month == 0 }

// in returns the time in a year, with location for a zone that is not told. It
// is false for a date that there is not, and for years beyond 64 bits of
// nanoseconds.
func (m moment) in(year int, location *time.Location) (time.Time, bool) {
	if !isYear(year) || m.month < 1 || m.month > 12 || m.day < 1 || m.hour > 23 || m.minute > 59 || m.second > 60 {
		return time.Time{}, false
	}
	if m.zoned {
		location = time.UTC
	}
	at := time.Date(year, m.month, m.day, m.hour, m.minute, m.second, m.nanosecond, location)
	if m.day > 28 && time.Date(year, m.month, m.day, 0, 0, 0, 0, time.UTC).Day() != m.day {
		return time.Time{}, false
	}
	return at.Add(-time.Duration(m.offset) * time.Second), true
}

// isYear tells whether 64 bits of nanoseconds reach a year.
func isYear(year int) bool { return 1678 <= year && year <= 2261 }

// scanMoment reads the timestamp that a text begins with, and returns what is
// behind it.
func scanMoment(text string) (m moment, rest string, ok bool) {
	if text == "" {
		return moment{}, "", false
	}
	scans := []func(*scanner, *moment){scanISO, scanClock}
	switch c := text[0]; {
	case isLetter(c):
		scans = []func(*scanner, *moment){scanStamp, scanASCTime, scanJavaDate}
	case !isDigit(c):
		return moment{}, "", false
	case strings.IndexByte("/-", byteAt(text, 2)) >= 0:
		scans = []func(*scanner, *moment){scanAccessDate}
	}
	for _, scan := range scans {
		s, m := scanner{text: text}, moment{}
		scan(&s, &m)
		if next := s.peek(); !s.failed && !isDigit(next) && !isLetter(next) {
			return m, text[s.at:], true
		}
	}
	return moment{}, "", false
}

func byteAt(text string, at int) byte {
	if at < len(text) {
		return text[at]
	}
	return 0
}

// scanISO reads 2006-01-02 15:04:05 with -, / or . in the date.
func scanISO(s *scanner, m *moment) {
	m.year = s.number(4, 4)
	separator := s.one("-/.")
	m.month = time.Month(s.number(2, 2))
	if s.one("-/.") != separator {
		s.failed = true
	}
	m.day = s.number(2, 2)
	s.one("T t_")
	s.clock(m)
	s.zone(m)
}

// scanClock reads 15:04:05.000: without a fraction it would be too little to go
// by.
func scanClock(s *scanner, m *moment) {
	begin := s.at
	s.clock(m)
	if s.at-begin < len("15:04:05.0") {
		s.failed = true
	}
}

// scanAccessDate reads 02/Jan/2006:15:04:05 -0700 and 02-Jan-2006 15:04:05.
func scanAccessDate(s *scanner, m *moment) {
	m.day = s.number(2, 2)
	separator := s.one("/-")
	m.month = s.month()
	if s.one("/-") != separator {
		s.failed = true
	}
	m.year = s.number(4, 4)
	s.one(": ")
	s.clock(m)
	s.zone(m)
}

// scanStamp reads Jan _2 15:04:05, also with a year behind the day.
func scanStamp(s *scanner, m *moment) {
	m.month = s.month()
	s.one(" ")
	s.optional(' ')
	m.day = s.number(1, 2)
	s.one(" ")
	if s.at+4 < len(s.text) && s.text[s.at+4] == ' ' {
		m.year = s.number(4, 4)
		s.one(" ")
	}
	s.clock(m)
}

// scanASCTime reads Mon Jan _2 15:04:05.000000 2006.
func scanASCTime(s *scanner, m *moment) {
	if weekday := s.word(); len(weekday) != 3 {
		s.failed = true
	}
	s.one(" ")
	scanStamp(s, m)
	s.one(" ")
	m.year = s.number(4, 4)
}

// scanJavaDate reads Jan 2, 2006 3:04:05 PM.
func scanJavaDate(s *scanner, m *moment) {
	m.month = s.month()
	s.one(" ")
	m.day = s.number(1, 2)
	s.one(",")
	s.one(" ")
	m.year = s.number(4, 4)
	s.one(" ")
	m.hour = s.number(1, 2)
	s.minutes(m)
	// Java writes a narrow space there since version 20.
	if strings.HasPrefix(s.text[s.at:], "\u202f") {
		s.at += len("\u202f")
	} else {
		s.one(" ")
	}
	switch half := s.word(); {
	case m.hour < 1 || m.hour > 12 || (half != "AM" && half != "PM"):
		s.failed = true
	case half == "PM":
		m.hour = m.hour%12 + 12
	default:
		m.hour %= 12
	}
}

// clock reads 15:04:05.000.
func (s *scanner) clock(m *moment) {
	m.hour = s.number(2, 2)
	s.minutes(m)
	m.nanosecond = s.fraction()
}

// minutes reads :04:05.
func (s *scanner) minutes(m *moment) {
	s.one(":")
	m.minute = s.number(2, 2)
	s.one(":")
	m.second = s.number(2, 2)
}

// zone reads Z, an offset or UTC, also behind a space, if there is one.
func (s *scanner) zone(m *moment) {
	if s.failed {
		return
	}
	try := scanner{text: s.text, at: s.at}
	spaced := try.optional(' ')
	switch c := try.peek(); {
	case c == '+' || c == '-':
		try.offset(m, spaced)
	case isLetter(c):
		if name := try.word(); name != "UTC" && name != "GMT" && (spaced || !strings.EqualFold(name, "Z")) {
			return
		}
	default:
		return
	}
	if try.failed || isDigit(try.peek()) {
		m.offset = 0
		return
	}
	m.zoned = true
	s.at = try.at
}

// offset reads +07, +0700 or +07:00. Behind a space the minutes are needed.
func (s *scanner) offset(m *moment, spaced bool) {
	sign := 1
	if s.one("+-") == '-' {
		sign = -1
	}
	hours := s.two()
	minutes := 0
	if colon := s.optional(':'); colon || spaced || isDigit(s.peek()) {
		minutes = s.two()
	}
	if hours > 23 || minutes > 59 {
		s.failed = true
	}
	m.offset = sign * (hours*3600 + minutes*60)
}

// two takes two digits; more may follow.
func (s *scanner) two() int {
	tens, ones := s.one("0123456789"), s.one("0123456789")
	if s.failed {
		return 0
	}
	return int(tens-'0')*10 + int(ones-'0')
}
