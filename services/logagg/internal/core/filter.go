package core

import (
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/query"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// Filter selects entries: those that meet every condition. It was checked; the
// zero value with an End of the largest int64 selects all.
type Filter struct {
	// Start is the first timestamp selected and End the first one that is not,
	// in Unix nanoseconds. An End of the largest int64 includes that moment.
	Start, End int64
	// Granted are the applications that the principal may touch, whatever the
	// request asks for. None: all.
	Granted principal.Patterns
	// Applications: one of these. Nil: all.
	Applications []string
	// Minimum is the lowest level selected. Unspecified: all.
	Minimum entry.Level
	// Categories: one of these, of which the empty text stands for none. Nil: all.
	Categories []string
	Fields     []FieldMatcher
	Texts      []TextMatcher
}

// FieldMatcher is a condition on one field. An entry without the field has the
// empty value.
type FieldMatcher struct {
	query.Comparison

	Name string
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
