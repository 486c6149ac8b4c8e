package query

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"

	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/re2"
)

const (
	maxValueBytes = 1000
	// maxPatternSize bounds the instructions of a compiled regular expression.
	// Every pattern of maxValueBytes without counted repetitions is within it.
	maxPatternSize = 3000
)

// Comparison is what a matcher compares a text with.
type Comparison struct {
	// Value is a text, or an RE2 pattern.
	Value string
	// Pattern is Value compiled, to match the whole of a text; nil when texts are
	// compared with Value itself.
	Pattern *regexp.Regexp
	// Negated selects what does not match.
	Negated bool
}

// ParseComparison checks a comparison. The error has reason FIELD_INVALID and
// names the field, such as matchers[2].value, of which field is the matcher's.
func ParseComparison(field string, operator queryv1.MatchOperator, value string) (Comparison, error) {
	if len(value) > maxValueBytes {
		return Comparison{}, problem.InField(problem.FieldInvalid, field+".value", "has %d bytes; at most %d are taken",
			len(value), maxValueBytes)
	}
	c := Comparison{Value: value}
	var err error
	switch operator {
	case queryv1.MatchOperator_MATCH_OPERATOR_EQUAL:
	case queryv1.MatchOperator_MATCH_OPERATOR_NOT_EQUAL:
		c.Negated = true
	case queryv1.MatchOperator_MATCH_OPERATOR_REGEX:
		c.Pattern, err = compile(field+".value", value)
	case queryv1.MatchOperator_MATCH_OPERATOR_NOT_REGEX:
		c.Negated = true
		c.Pattern, err = compile(field+".value", value)
	default:
		err = problem.InField(problem.FieldInvalid, field+".operator", "must be EQUAL, NOT_EQUAL, REGEX or NOT_REGEX")
	}
	return c, err
}

// Matches tells whether a text is selected.
func (c *Comparison) Matches(text string) bool {
	if c.Pattern != nil {
		return c.Pattern.MatchString(text) != c.Negated
	}
	return (c.Value == text) != c.Negated
}

// compile compiles an RE2 pattern that has to match the whole of a text.
func compile(field, pattern string) (*regexp.Regexp, error) {
	tree, err := syntax.Parse(pattern, syntax.Perl|syntax.DotNL)
	if err != nil {
		return nil, problem.InField(problem.FieldInvalid, field, "is not a regular expression of RE2: %s", patternFault(err))
	}
	if re2.Size(tree) > maxPatternSize {
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
