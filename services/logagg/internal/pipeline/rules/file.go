// Package rules reads the file of the pipeline's rules: YAML with conditions in
// CEL. docs/rules.md is its reference.
package rules

import (
	"strings"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline/condition"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline/level"
	"github.com/sluice-ingest/sluice/services/logagg/internal/redact"
)

// Limits of a file.
const (
	maxSize  = 1 << 20 // bytes
	maxRules = 256     // of one stage
	maxSet   = 64      // fields of one rule
	maxName  = 64      // bytes
)

// File is what a rules file says: rules in the order of the file, checked and
// compiled.
type File struct {
	Levels   level.Reader
	Filter   []Filter
	Redact   redact.Config
	Classify []Classify
	Enrich   []Enrich
}

// Action is what a filter rule does with an entry.
type Action int

// The actions.
const (
	Drop Action = iota
	Keep
	Sample
)

// Filter decides whether an entry is kept.
type Filter struct {
	Name   string
	When   *condition.Condition
	Action Action
	// Rate is the share of entries that a sampling rule keeps, from 0 to 1.
	Rate float64
	// By gives the text that decides over the share. Nil: the entry's
	// application, timestamp and message do.
	By *condition.Text
}

// Classify gives entries a category.
type Classify struct {
	Name     string
	When     *condition.Condition
	Category string
}

// Enrich adds fields to entries.
type Enrich struct {
	Name string
	// When is nil for all entries.
	When      *condition.Condition
	Overwrite bool
	Set       []Field
}

// Field is a field that a rule sets.
type Field struct {
	Name  string
	Value *condition.Text
}

// Parse reads a file. The error holds everything that is wrong with it, each
// with its line. key returns the key for hashing; it is called only when some
// action hashes.
func Parse(source []byte, key KeyReader) (*File, error) {
	r, err := newReader(source, key)
	if err != nil {
		return nil, err
	}
	root, err := document(source)
	if err != nil {
		return nil, err
	}
	file := r.file(value{node: root})
	return file, r.err()
}

func (r *reader) file(root value) *File {
	stages := r.mapping(root, "normalise", "filter", "redact", "classify", "enrich")
	file := &File{
		Levels:   r.normalise(stages["normalise"]),
		Redact:   r.redact(stages["redact"]),
		Filter:   list(r, stages["filter"], r.filter),
		Classify: list(r, stages["classify"], r.classify),
		Enrich:   list(r, stages["enrich"], r.enrich),
	}
	return file
}

func (r *reader) normalise(v value) level.Reader {
	keys := r.mapping(v, "level_numbers", "levels")
	result := level.Reader{}
	if scale, ok := r.oneOf(keys["level_numbers"], level.Scales()...); ok {
		result.Numbers = level.Scale(scale)
	}
	for _, own := range r.entries(keys["levels"]) {
		r.notEmpty(own.value)
		name := strings.ToLower(own.key)
		if result.Own == nil {
			result.Own = map[string]entry.Level{}
		}
		if _, twice := result.Own[name]; twice || !isLevelName(name) {
			r.failf(own.value, "a level's name is 1 to 32 ASCII characters and stands once, in any case")
		}
		result.Own[name] = r.level(own.value)
	}
	return result
}

func (r *reader) level(v value) entry.Level {
	text, ok := r.text(v)
	if !ok {
		return entry.Unspecified
	}
	l, ok := level.Named(text)
	if !ok || l == entry.Unspecified {
		r.failf(v, "%q is no level; take trace, debug, info, warn, error or fatal", text)
	}
	return l
}

func (r *reader) filter(name string, keys map[string]value, v value) Filter {
	rule := Filter{Name: name, When: r.condition(r.required(v, keys, "when"))}
	action, ok := r.oneOf(r.required(v, keys, "action"), "drop", "keep", "sample")
	rule.Action = Action(action)
	rate, by := keys["rate"], keys["by"]
	switch {
	case !ok:
	case rule.Action == Sample:
		rule.Rate = r.share(r.required(v, keys, "rate"))
		rule.By = r.expression(by)
	case rate.given():
		r.failf(rate, "only the action sample has a rate")
	case by.given():
		r.failf(by, "only the action sample has this")
	}
	return rule
}

func (r *reader) classify(name string, keys map[string]value, v value) Classify {
	rule := Classify{Name: name, When: r.condition(r.required(v, keys, "when"))}
	category := r.required(v, keys, "category")
	rule.Category, _ = r.name(category)
	return rule
}

func (r *reader) enrich(name string, keys map[string]value, v value) Enrich {
	r.environment = r.enriching
	defer func() { r.environment = r.plain }()
	rule := Enrich{Name: name, When: r.condition(keys["when"]), Overwrite: r.boolean(keys["overwrite"])}
	set := r.required(v, keys, "set")
	fields := r.entries(set)
	if len(fields) > maxSet {
		r.failf(set, "sets %d fields; at most %d are taken", len(fields), maxSet)
		return rule
	}
	for _, field := range fields {
		r.notEmpty(field.value)
		if !entry.IsFieldName(field.key) {
			r.failf(field.value, "a field's name is 1 to 128 letters, digits and _ . : / @ -")
		}
		rule.Set = append(rule.Set, Field{Name: field.key, Value: r.expression(field.value)})
	}
	if set.given() && len(rule.Set) == 0 {
		r.failf(set, "name at least one field")
	}
	return rule
}
