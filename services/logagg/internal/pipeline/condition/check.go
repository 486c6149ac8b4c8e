package condition

import (
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"github.com/dustin/go-humanize"
)

// unavailable are functions of the libraries that make lists of the text or
// texts of any length.
var unavailable = map[string]bool{
	"format": true, "join": true, "reverse": true, "split": true, "strings.quote": true,
}

// check refuses what the type checker takes and rules can't have.
func (e *Environment) check(checked *cel.Ast) []Problem {
	var problems []Problem
	report := func(expr ast.Expr, format string, args ...any) {
		at := checked.NativeRep().SourceInfo().GetStartLocation(expr.ID())
		problems = append(problems, Problem{Line: at.Line(), Column: at.Column() + 1, Text: fmt.Sprintf(format, args...)})
	}
	root := ast.NavigateAST(checked.NativeRep())
	for _, expr := range ast.MatchDescendants(root, ast.AllMatcher()) {
		switch expr.Kind() {
		case ast.CallKind:
			checkCall(expr, report)
		case ast.IdentKind:
			checkFields(expr, report)
		default:
		}
	}
	if problems != nil {
		return problems
	}
	return e.checkCost(checked)
}

func checkCall(expr ast.NavigableExpr, report func(ast.Expr, string, ...any)) {
	call := expr.AsCall()
	switch name := call.FunctionName(); {
	case unavailable[name]:
		report(expr, "the function %s is not available in rules", name)
	case name == overloads.Matches:
		checkPattern(call, report)
	}
}

// checkPattern wants patterns that can be compiled once.
func checkPattern(call ast.CallExpr, report func(ast.Expr, string, ...any)) {
	pattern := call.Args()[len(call.Args())-1]
	if pattern.Kind() != ast.LiteralKind {
		report(pattern, "the pattern of matches has to be a literal text")
		return
	}
	text, _ := pattern.AsLiteral().(types.String)
	if _, err := Pattern(string(text)); err != nil {
		report(pattern, "%s", err)
	}
}

// checkFields wants the fields to be used by name only: they are no value of
// their own.
func checkFields(expr ast.NavigableExpr, report func(ast.Expr, string, ...any)) {
	if expr.AsIdent() != "fields" {
		return
	}
	if parent, ok := expr.Parent(); !ok || !usesByName(parent, expr) {
		report(expr, `fields can't be used as a whole here; use fields["name"], "name" in fields, size(fields) or a macro such as fields.exists(name, …)`)
	}
}

func usesByName(parent, fields ast.NavigableExpr) bool {
	switch parent.Kind() {
	case ast.SelectKind:
		return true
	case ast.ComprehensionKind:
		return parent.AsComprehension().IterRange().ID() == fields.ID()
	case ast.CallKind:
		call := parent.AsCall()
		switch call.FunctionName() {
		case operators.Index:
			return call.Args()[0].ID() == fields.ID()
		case operators.In:
			return call.Args()[1].ID() == fields.ID()
		case overloads.Size:
			return true
		}
	default:
	}
	return false
}

// checkCost refuses what could take too long for a large entry.
func (e *Environment) checkCost(checked *cel.Ast) []Problem {
	estimate, err := e.cel.EstimateCost(checked, sizes{})
	if err != nil {
		return []Problem{{Text: "estimate the cost: " + err.Error()}}
	}
	if estimate.Max <= maxCost {
		return nil
	}
	return []Problem{{Text: fmt.Sprintf(
		"the expression could cost %s steps for a large entry; at most %s are taken: use fewer or shorter patterns, and no macro inside a macro",
		humanize.Comma(int64(min(estimate.Max, 1<<62))), humanize.Comma(maxCost))}}
}

// literal returns the value of an expression that is a literal, or nil.
func literal(checked *cel.Ast) ref.Val {
	if expr := checked.NativeRep().Expr(); expr.Kind() == ast.LiteralKind {
		return expr.AsLiteral()
	}
	return nil
}
