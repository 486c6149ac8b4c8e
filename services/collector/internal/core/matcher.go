package core

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/problem"
)

const (
	maxMatchers          = 32
	maxMatcherValueBytes = 1000
	// maxPatternSize bounds the instructions of a compiled regular expression.
	// Every pattern of maxMatcherValueBytes without counted repetitions is within
	// it.
	maxPatternSize = 3000
)

// Matcher selects series by their source, metric or one of their tags.
type Matcher struct {
	target collectorv1.SeriesTarget
	tag    string
	value  string
	// pattern is nil when values are compared with value.
	pattern *regexp.Regexp
	// negated selects what does not match.
	negated bool
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
	if len(m.GetValue()) > maxMatcherValueBytes {
		return Matcher{}, problem.InField(problem.FieldInvalid, field+".value", "has %d bytes; at most %d are taken",
			len(m.GetValue()), maxMatcherValueBytes)
	}
	parsed := Matcher{target: m.GetTarget(), tag: m.GetTag(), value: m.GetValue()}
	var err error
	switch m.GetOperator() {
	case queryv1.MatchOperator_MATCH_OPERATOR_EQUAL:
	case queryv1.MatchOperator_MATCH_OPERATOR_NOT_EQUAL:
		parsed.negated = true
	case queryv1.MatchOperator_MATCH_OPERATOR_REGEX:
		parsed.pattern, err = compilePattern(field+".value", m.GetValue())
	case queryv1.MatchOperator_MATCH_OPERATOR_NOT_REGEX:
		parsed.negated = true
		parsed.pattern, err = compilePattern(field+".value", m.GetValue())
	default:
		err = problem.InField(problem.FieldInvalid, field+".operator", "must be EQUAL, NOT_EQUAL, REGEX or NOT_REGEX")
	}
	return parsed, err
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

// compilePattern compiles an RE2 pattern that has to match the whole of a text.
func compilePattern(field, pattern string) (*regexp.Regexp, error) {
	tree, err := syntax.Parse(pattern, syntax.Perl|syntax.DotNL)
	if err != nil {
		return nil, problem.InField(problem.FieldInvalid, field, "is not a regular expression of RE2: %s", patternFault(err))
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil || len(program.Inst) > maxPatternSize {
		return nil, problem.InField(problem.FieldInvalid, field, "is too large a regular expression; use smaller repetitions")
	}
	compiled, err := regexp.Compile("^(?s:" + pattern + ")$")
	if err != nil {
		return nil, problem.InField(problem.FieldInvalid, field, "is not a regular expression of RE2: %s", patternFault(err))
	}
	return compiled, nil
}

func patternFault(err error) string {
	if fault, ok := errors.AsType[*syntax.Error](err); ok {
		return fmt.Sprintf("%s: %s", fault.Code, problem.Echo(fault.Expr))
	}
	return problem.Echo(err.Error())
}

func (m *Matcher) onMetric() bool {
	return m.target == collectorv1.SeriesTarget_SERIES_TARGET_METRIC
}

// isOneSource tells whether the matcher selects the source that is its value.
func (m *Matcher) isOneSource() bool {
	return m.target == collectorv1.SeriesTarget_SERIES_TARGET_SOURCE && m.pattern == nil && !m.negated
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

func (m *Matcher) matches(text string) bool {
	if m.pattern != nil {
		return m.pattern.MatchString(text) != m.negated
	}
	return (m.value == text) != m.negated
}
