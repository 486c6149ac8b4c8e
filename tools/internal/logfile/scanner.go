package logfile

import (
	"strings"
	"time"
)

// scanner goes through a text from its beginning. Once something is not as
// expected it has failed and stays so.
type scanner struct {
	text   string
	at     int
	failed bool
}

// peek returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

// one takes a byte that is one of a set.
func (s *scanner) one(set string) byte {
	c := s.peek()
	if c == 0 || strings.IndexByte(set, c) < 0 {
		s.failed = true
		return 0
	}
	s.at++
	return c
}

// optional takes a byte if it is the next one.
func (s *scanner) optional(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.at++
	return true
}

// number takes so many digits, and no more may follow.
func (s *scanner) number(least, most int) int {
	n, begin := 0, s.at
	for s.at-begin <= most && isDigit(s.peek()) {
		n = n*10 + int(s.text[s.at]-'0')
		s.at++
	}
	if count := s.at - begin; count < least || count > most {
		s.failed = true
	}
	return n
}

// word takes letters.
func (s *scanner) word() string {
	begin := s.at
	for isLetter(s.peek()) {
		s.at++
	}
	return s.text[begin:s.at]
}

// month takes the three letters of one.
func (s *scanner) month() time.Month {
	if s.at+3 > len(s.text) {
		s.failed = true
		return 0
	}
	at := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(s.text[s.at:s.at+3]))
	if at < 0 || at%3 != 0 {
		s.failed = true
		return 0
	}
	s.at += 3
	return time.Month(at/3 + 1)
}

// fraction takes the part of a second behind a point or comma, if there is one,
// in nanoseconds.
func (s *scanner) fraction() int {
	if c := s.peek(); (c != '.' && c != ',') || s.at+1 >= len(s.text) || !isDigit(s.text[s.at+1]) {
		return 0
	}
	s.at++
	nanoseconds, unit := 0, 100_000_000
	for ; isDigit(s.peek()); s.at++ {
		nanoseconds += int(s.text[s.at]-'0') * unit
		unit /= 10
	}
	return nanoseconds
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
