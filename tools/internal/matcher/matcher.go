// Package matcher reads the matchers that select series, as people write them.
package matcher

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
)

// tagPrefix marks a tag, also one that is called like another target.
const tagPrefix = "tag:"

// Parse reads a matcher: a label, an operator and a value, which may be quoted.
// The labels source and metric are those of the series; any other is a tag, and
// tag:source is the tag called source.
//
//	source=~"web-.*"   metric!=cpu   host="a b"   tag:source=x   rack!~r[12]
func Parse(text string) (*collectorv1.SeriesMatcher, error) {
	at := strings.IndexAny(text, "=!")
	if at < 0 {
		return nil, malformed(text)
	}
	label, rest := strings.TrimSpace(text[:at]), text[at:]
	if strings.HasPrefix(rest, "==") {
		return nil, fmt.Errorf(`%q: == is no operator; write =, and a value that begins with = in quotes`, text)
	}
	operator, value, ok := cutOperator(rest)
	if !ok || label == "" || label == tagPrefix {
		return nil, malformed(text)
	}
	value, err := unquote(strings.TrimSpace(value))
	if err != nil {
		return nil, fmt.Errorf("%q: the quotes of the value are wrong", text)
	}
	if isRegex(operator) {
		if _, err := regexp.Compile(value); err != nil {
			return nil, fmt.Errorf("%q: %w", text, err)
		}
	}
	m := &collectorv1.SeriesMatcher{Operator: operator, Value: value}
	m.Target, m.Tag = target(label)
	return m, nil
}

// Source matches a source exactly.
func Source(source string) *collectorv1.SeriesMatcher {
	return equal(collectorv1.SeriesTarget_SERIES_TARGET_SOURCE, "", source)
}

// Metric matches a metric exactly.
func Metric(metric string) *collectorv1.SeriesMatcher {
	return equal(collectorv1.SeriesTarget_SERIES_TARGET_METRIC, "", metric)
}

// Tag matches a tag exactly.
func Tag(name, value string) *collectorv1.SeriesMatcher {
	return equal(collectorv1.SeriesTarget_SERIES_TARGET_TAG, name, value)
}

// Everything matches every series.
func Everything() *collectorv1.SeriesMatcher {
	return &collectorv1.SeriesMatcher{
		Target:   collectorv1.SeriesTarget_SERIES_TARGET_SOURCE,
		Operator: queryv1.MatchOperator_MATCH_OPERATOR_REGEX, Value: ".*",
	}
}

func equal(target collectorv1.SeriesTarget, tag, value string) *collectorv1.SeriesMatcher {
	return &collectorv1.SeriesMatcher{
		Target: target, Tag: tag, Operator: queryv1.MatchOperator_MATCH_OPERATOR_EQUAL, Value: value,
	}
}

func malformed(text string) error {
	return fmt.Errorf(`%q is no matcher; write one such as source="web-1", metric!=cpu, host=~"a.*" or rack!~r1`, text)
}

// cutOperator takes the operator off, the longest that fits.
func cutOperator(text string) (operator queryv1.MatchOperator, value string, ok bool) {
	for _, o := range []struct {
		text     string
		operator queryv1.MatchOperator
	}{
		{"=~", queryv1.MatchOperator_MATCH_OPERATOR_REGEX},
		{"!~", queryv1.MatchOperator_MATCH_OPERATOR_NOT_REGEX},
		{"!=", queryv1.MatchOperator_MATCH_OPERATOR_NOT_EQUAL},
		{"=", queryv1.MatchOperator_MATCH_OPERATOR_EQUAL},
	} {
		if value, ok := strings.CutPrefix(text, o.text); ok {
			return o.operator, value, true
		}
	}
	return 0, "", false
}

func isRegex(operator queryv1.MatchOperator) bool {
	return operator == queryv1.MatchOperator_MATCH_OPERATOR_REGEX ||
		operator == queryv1.MatchOperator_MATCH_OPERATOR_NOT_REGEX
}

func target(label string) (target collectorv1.SeriesTarget, tag string) {
	switch label {
	case "source":
		return collectorv1.SeriesTarget_SERIES_TARGET_SOURCE, ""
	case "metric":
		return collectorv1.SeriesTarget_SERIES_TARGET_METRIC, ""
	}
	return collectorv1.SeriesTarget_SERIES_TARGET_TAG, strings.TrimPrefix(label, tagPrefix)
}

// unquote takes double quotes off. What stands in them is as it is but for \"
// and \\, so that a pattern needs no second escape.
func unquote(value string) (string, error) {
	if !strings.HasPrefix(value, `"`) {
		return value, nil
	}
	inner, ok := strings.CutSuffix(value[1:], `"`)
	if !ok || strings.HasSuffix(strings.ReplaceAll(inner, `\\`, ""), `\`) {
		return "", strconv.ErrSyntax
	}
	if strings.Contains(strings.NewReplacer(`\\`, "", `\"`, "").Replace(inner), `"`) {
		return "", strconv.ErrSyntax
	}
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(inner), nil
}
