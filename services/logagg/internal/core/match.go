package core

import (
	"math"
	"slices"
	"strings"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// Match tells whether an entry is selected. It is what a filter means: stores
// and live searches select the same.
func (f *Filter) Match(e *entry.Entry) bool {
	return f.MatchTime(e.Timestamp) && e.Level >= f.lowest() &&
		f.MatchApplication(e.Application) && f.MatchCategory(e.Category) &&
		f.matchFields(e) && f.matchTexts(e.Message)
}

// MatchTime tells whether a timestamp is in the filter's span.
func (f *Filter) MatchTime(timestamp int64) bool {
	return timestamp >= f.Start && (timestamp < f.End || f.End == math.MaxInt64)
}

// MatchLevel tells whether a level is selected.
func (f *Filter) MatchLevel(level entry.Level) bool { return level >= f.lowest() }

// MatchApplication tells whether an application is selected.
func (f *Filter) MatchApplication(name string) bool {
	return f.Granted.Allow(name) && oneOf(f.Applications, name)
}

// MatchCategory tells whether a category is selected.
func (f *Filter) MatchCategory(name string) bool { return oneOf(f.Categories, name) }

func (f *Filter) lowest() entry.Level {
	if f.Minimum == entry.Unspecified {
		return math.MinInt32
	}
	return f.Minimum
}

func oneOf(values []string, value string) bool {
	return len(values) == 0 || slices.Contains(values, value)
}

func (f *Filter) matchFields(e *entry.Entry) bool {
	for i := range f.Fields {
		if !f.Fields[i].Matches(e.Field(f.Fields[i].Name)) {
			return false
		}
	}
	return true
}

func (f *Filter) matchTexts(message string) bool {
	for i := range f.Texts {
		if !f.Texts[i].Match(message) {
			return false
		}
	}
	return true
}

// Match tells whether the message meets the condition.
func (m *TextMatcher) Match(message string) bool {
	if m.IgnoreCase {
		return containsFold(message, m.Text) != m.Negated
	}
	return strings.Contains(message, m.Text) != m.Negated
}

// containsFold is strings.Contains where upper and lower case of ASCII letters
// are the same.
func containsFold(text, part string) bool {
	if part == "" {
		return true
	}
	low, high := lower(part[0]), upper(part[0])
	for len(text) >= len(part) {
		at := indexEither(text[:len(text)-len(part)+1], low, high)
		if at < 0 {
			return false
		}
		if equalFold(text[at:at+len(part)], part) {
			return true
		}
		text = text[at+1:]
	}
	return false
}

// indexEither returns the place of the first of two bytes.
func indexEither(text string, a, b byte) int {
	at := strings.IndexByte(text, a)
	if a == b {
		return at
	}
	if at >= 0 {
		text = text[:at]
	}
	if other := strings.IndexByte(text, b); other >= 0 {
		return other
	}
	return at
}

func equalFold(a, b string) bool {
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		c -= 'a' - 'A'
	}
	return c
}
