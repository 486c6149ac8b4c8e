package core

import (
	"fmt"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/query"
)

// maxMatchers is the largest number of matchers of a query.
const maxMatchers = 32

// Matcher selects series by their source, metric or one of their tags.
type Matcher struct {
	query.Comparison

	target collectorv1.SeriesTarget
	tag    string
	// granted selects sources in the place of the comparison, unless it is empty.
	granted principal.Patterns
}

// ParseMatchers checks matchers. The error has reason FIELD_INVALID and names
// the field, such as `matchers[2].value`.
func ParseMatchers(matchers []*collectorv1.SeriesMatcher) ([]Matcher, error) {
	if len(matchers) > maxMatchers {
		return nil, problem.InField(problem.FieldInvalid, "matchers", "has %d matchers; at most %d are taken", len(matchers), maxMatchers)
	}
	parsed := make([]Matcher, 0, len(matchers))
	for i, m := range matchers {
		p, err := parseMatcher(fmt.Sprintf("matchers[%d]", i), m)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, p)
	}
	return parsed, nil
}

func parseMatcher(field string, m *collectorv1.SeriesMatcher) (Matcher, error) {
	if err := checkTarget(field, m); err != nil {
		return Matcher{}, err
	}
	comparison, err := query.ParseComparison(field, m.GetOperator(), m.GetValue())
	return Matcher{Comparison: comparison, target: m.GetTarget(), tag: m.GetTag()}, err
}

func checkTarget(field string, m *collectorv1.SeriesMatcher) error {
	switch m.GetTarget() {
	case collectorv1.SeriesTarget_SERIES_TARGET_TAG:
		return checkTagName(field+".tag", m.GetTag())
	case collectorv1.SeriesTarget_SERIES_TARGET_SOURCE, collectorv1.SeriesTarget_SERIES_TARGET_METRIC:
		if m.GetTag() != "" {
			return problem.InField(problem.FieldInvalid, field+".tag", "is only for the target TAG; leave it empty")
		}
		return nil
	default:
		return problem.InField(problem.FieldInvalid, field+".target", "must be SOURCE, METRIC or TAG")
	}
}

// checkTagName refuses what cannot be the name of a tag.
func checkTagName(field, name string) error {
	switch {
	case name == "":
		return problem.InField(problem.FieldInvalid, field, "is empty; name a tag")
	case len(name) > maxTagNameBytes:
		return problem.InField(problem.FieldInvalid, field, "has %d bytes; the name of a tag has at most %d", len(name), maxTagNameBytes)
	case !isName([]byte(name), maxTagNameBytes):
		return problem.InField(problem.FieldInvalid, field, "%s is not the name of a tag, which %s", problem.Echo(name), nameRule)
	default:
		return nil
	}
}

func (m *Matcher) onMetric() bool {
	return m.target == collectorv1.SeriesTarget_SERIES_TARGET_METRIC
}

// isOneSource tells whether the matcher selects the source that is its value.
func (m *Matcher) isOneSource() bool {
	return m.target == collectorv1.SeriesTarget_SERIES_TARGET_SOURCE && m.Pattern == nil && !m.Negated &&
		m.granted.Unlimited()
}

// Matches tells whether a text is selected.
func (m *Matcher) Matches(text string) bool {
	if m.granted.Unlimited() {
		return m.Comparison.Matches(text)
	}
	return m.granted.Allow(text)
}

// textOf is what the matcher looks at in a family: the source or a tag's value.
func (m *Matcher) textOf(f *family) string {
	if m.target == collectorv1.SeriesTarget_SERIES_TARGET_SOURCE {
		return f.source
	}
	for i := range f.tags {
		if f.tags[i].Name == m.tag {
			return f.tags[i].Value
		}
	}
	return ""
}
