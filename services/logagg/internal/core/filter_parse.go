package core

import (
	"fmt"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/query"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// What a filter may have.
const (
	maxFilterNames  = 100
	maxFilterFields = 16
	maxFilterTexts  = 8
	maxTextBytes    = 1000
)

// ParseFilter checks a filter, and confines it to the applications that the
// principal is granted; nil selects all of those. The error has reason
// FIELD_INVALID and names the field, such as filter.fields[2].value.
func ParseFilter(f *logaggv1.LogFilter, granted principal.Patterns) (Filter, error) {
	if f == nil {
		f = &logaggv1.LogFilter{}
	}
	parsed := Filter{
		Start: query.StartOf(f.StartTime), End: query.EndOf(f.EndTime),
		Granted: granted, Applications: f.GetApplications(), Minimum: entry.Level(f.GetMinimumLevel()), Categories: f.GetCategories(),
	}
	if err := query.CheckSpan("filter.end_time", parsed.Start, parsed.End); err != nil {
		return Filter{}, err
	}
	if err := checkNames(f); err != nil {
		return Filter{}, err
	}
	var err error
	if parsed.Fields, err = parseFields(f.GetFields()); err != nil {
		return Filter{}, err
	}
	parsed.Texts, err = parseTexts(f.GetTexts())
	return parsed, err
}

func checkNames(f *logaggv1.LogFilter) error {
	if _, known := logaggv1.Level_name[int32(f.GetMinimumLevel())]; !known {
		return problem.InField(problem.FieldInvalid, "filter.minimum_level", "is %d, which is no level", f.GetMinimumLevel())
	}
	if err := checkCount("filter.applications", len(f.GetApplications()), maxFilterNames); err != nil {
		return err
	}
	for i, name := range f.GetApplications() {
		if !entry.IsApplication(name) {
			return problem.InField(problem.FieldInvalid, fmt.Sprintf("filter.applications[%d]", i),
				"is not the name of an application, which has letters, digits and _ . : / @ -")
		}
	}
	if err := checkCount("filter.categories", len(f.GetCategories()), maxFilterNames); err != nil {
		return err
	}
	for i, name := range f.GetCategories() {
		if len(name) > entry.MaxFieldNameBytes {
			return problem.InField(problem.FieldInvalid, fmt.Sprintf("filter.categories[%d]", i),
				"has %d bytes; a category has at most %d", len(name), entry.MaxFieldNameBytes)
		}
	}
	return nil
}

func checkCount(field string, count, most int) error {
	if count > most {
		return problem.InField(problem.FieldInvalid, field, "has %d; at most %d are taken", count, most)
	}
	return nil
}

func parseFields(matchers []*logaggv1.FieldMatcher) ([]FieldMatcher, error) {
	if err := checkCount("filter.fields", len(matchers), maxFilterFields); err != nil {
		return nil, err
	}
	var parsed []FieldMatcher
	for i, m := range matchers {
		field := fmt.Sprintf("filter.fields[%d]", i)
		if err := checkFieldName(field+".name", m.GetName()); err != nil {
			return nil, err
		}
		comparison, err := query.ParseComparison(field, m.GetOperator(), m.GetValue())
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, FieldMatcher{Name: m.GetName(), Comparison: comparison})
	}
	return parsed, nil
}

// checkFieldName refuses what cannot be the name of a field.
func checkFieldName(field, name string) error {
	switch {
	case name == "":
		return problem.InField(problem.FieldInvalid, field, "is empty; name a field")
	case !entry.IsFieldName(name):
		return problem.InField(problem.FieldInvalid, field,
			"is not the name of a field, which has 1 to %d letters, digits and _ . : / @ -", entry.MaxFieldNameBytes)
	default:
		return nil
	}
}

func parseTexts(matchers []*logaggv1.TextMatcher) ([]TextMatcher, error) {
	if err := checkCount("filter.texts", len(matchers), maxFilterTexts); err != nil {
		return nil, err
	}
	var parsed []TextMatcher
	for i, m := range matchers {
		text := m.GetText()
		if text == "" || len(text) > maxTextBytes {
			return nil, problem.InField(problem.FieldInvalid, fmt.Sprintf("filter.texts[%d].text", i),
				"has %d bytes; must have 1 to %d", len(text), maxTextBytes)
		}
		parsed = append(parsed, TextMatcher{Text: text, IgnoreCase: m.GetIgnoreCase(), Negated: m.GetNegated()})
	}
	return parsed, nil
}
