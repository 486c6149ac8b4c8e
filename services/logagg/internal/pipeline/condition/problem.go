package condition

import (
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"

	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline/suggest"
)

// Problem is one thing that is wrong with an expression.
type Problem struct {
	// Line and Column of the expression's text, both from 1; 0: all of it.
	Line, Column int
	Text         string
}

var (
	undeclared = regexp.MustCompile(`^undeclared reference to '(.*?)' \(in container '.*'\)$`)
	noOverload = regexp.MustCompile(`^found no matching overload for '(.*?)' applied to '(.*)'$`)
	operator   = regexp.MustCompile(`^@?_?([^_].*?)_?_?$`)
)

// problemsOf turns what CEL reports into problems, in the order of their
// places.
func (e *Environment) problemsOf(issues *cel.Issues) []Problem {
	var problems []Problem
	for _, err := range issues.Errors() {
		line, column := err.Location.Line(), err.Location.Column()+1
		if line < 1 || column < 1 {
			line, column = 0, 0
		}
		problems = append(problems, Problem{Line: line, Column: column, Text: e.reword(err.Message)})
	}
	slices.SortStableFunc(problems, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return problems
}

// reword says what the user of a rules file can do.
func (e *Environment) reword(message string) string {
	if m := undeclared.FindStringSubmatch(message); m != nil {
		return "there is no " + quoted(m[1]) + suggest.Of(m[1], e.variables)
	}
	if m := noOverload.FindStringSubmatch(message); m != nil {
		return quoted(operator.ReplaceAllString(m[1], "$1")) + " can't be applied to " + m[2]
	}
	message = strings.TrimPrefix(message, "Syntax error: ")
	first, rest, _ := strings.Cut(message, "\n")
	if rest != "" {
		return first
	}
	return message
}

func quoted(name string) string { return `"` + name + `"` }
