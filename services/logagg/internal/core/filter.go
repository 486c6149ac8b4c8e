package core

import (
	"regexp"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// Filter selects entries: those that meet every condition. It was checked; the
// zero value with an End of the largest int64 selects all.
type Filter struct {
	// Start is the first timestamp selected and End the first one that is not,
	// in Unix nanoseconds. An End of the largest int64 includes that moment.
	Start, End int64
	// Applications: one of these. Nil: all.
	Applications []string
	// Minimum is the lowest level selected. Unspecified: all.
	Minimum entry.Level
	// Categories: one of these, of which the empty text stands for none. Nil: all.
	Categories []string
	Fields     []FieldMatcher
	Texts      []TextMatcher
}

// Operator is how a field is compared.
type Operator int

// The operators.
const (
	Equal Operator = iota + 1
	NotEqual
	// Regex matches the whole value.
	Regex
	NotRegex
)

// FieldMatcher is a condition on one field. An entry without the field has the
// empty value.
type FieldMatcher struct {
	Name     string
	Operator Operator
	// Value is a text, or an RE2 pattern.
	Value string
	// Pattern is Value compiled, anchored at both ends; nil for the operators on
	// texts.
	Pattern *regexp.Regexp
}

// TextMatcher is a condition on the message.
type TextMatcher struct {
	// Text is not empty.
	Text string
	// IgnoreCase takes upper and lower case of ASCII letters for the same.
	IgnoreCase bool
	// Negated selects the entries without the text.
	Negated bool
}
