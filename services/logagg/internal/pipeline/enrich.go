package pipeline

import (
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline/rules"
)

// What enriching may make of an entry.
const (
	// maxValue is the longest value of a field that is set, in bytes.
	maxValue = 32_768
	// maxAdded is the length of all values together that are set, in bytes.
	maxAdded = 128 << 10
	// maxFields is the number of fields up to which new ones are set. It is twice
	// what an entry is sent with.
	maxFields = 256
)

// enrich lets all rules that hit the entry set their fields, in the order of the
// file: a rule sees what those before it have set.
func (r *Runner) enrich(e *entry.Entry) {
	if len(r.pipeline.file.Enrich) == 0 {
		return
	}
	r.vars.Set(e) // Classifying may have changed the category.
	r.added = 0
	for i := range r.pipeline.file.Enrich {
		rule, place := &r.pipeline.file.Enrich[i], r.pipeline.enrich+i
		if r.holds(rule.When, place) {
			r.setAll(e, rule, place)
		}
	}
}

// setAll sets the fields of a rule. The rule has hit when it set one.
func (r *Runner) setAll(e *entry.Entry, rule *rules.Enrich, place int) {
	failed := false
	for i := range rule.Set {
		field := &rule.Set[i]
		at := indexOf(e.Fields, field.Name)
		if !rule.Overwrite && at >= 0 {
			continue
		}
		value, ok := field.Value.Value(&r.vars)
		if !ok || len(value) > maxValue || at < 0 && len(e.Fields) >= maxFields {
			failed = true
			continue
		}
		value, ok = r.redacted(e, field, value)
		switch {
		case !ok:
		case r.added+len(value) > maxAdded:
			failed = true
		default:
			r.hit(place)
			r.added += len(value)
			set(e, at, field.Name, value)
		}
	}
	if failed {
		r.Failures[place]++
	}
}

// redacted redacts once more what an expression has put together: the parts of
// a secret may have stood apart. keep is false when nothing of it may be kept.
func (r *Runner) redacted(e *entry.Entry, field *rules.Field, value string) (text string, keep bool) {
	if field.Value.Constant() {
		return value, true
	}
	hits := len(r.Hits)
	_, value, keep = r.pipeline.redactor.Field(field.Name, value, r.onRedact)
	if len(r.Hits) > hits {
		e.Redacted = true
	}
	return value, keep
}

// set sets a field that stands at a place, or is new where that is below 0.
func set(e *entry.Entry, at int, name, value string) {
	if at >= 0 {
		e.Fields[at].Value = value
		return
	}
	e.Fields = append(e.Fields, entry.Field{Name: name, Value: value})
}
