package rules

import (
	"bytes"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline/condition"
)

// condition compiles a condition; nil when there is none.
func (r *reader) condition(v value) *condition.Condition {
	text, ok := r.text(v)
	if !ok {
		return nil
	}
	compiled, problems := r.environment.Condition(text)
	r.explain(v, problems)
	return compiled
}

// expression compiles an expression that gives a text; nil when there is none.
func (r *reader) expression(v value) *condition.Text {
	text, ok := r.text(v)
	if !ok {
		return nil
	}
	compiled, problems := r.environment.Text(text)
	r.explain(v, problems)
	return compiled
}

// explain takes the problems of an expression down, with their places in the
// file.
func (r *reader) explain(v value, problems []condition.Problem) {
	for _, p := range problems {
		line, column, ok := r.place(v.node, p)
		switch {
		case ok:
			r.failAtf(line, v, "%s (column %d)", p.Text, column)
		case p.Line > 0:
			r.failf(v, "%s (at %d:%d of the expression)", p.Text, p.Line, p.Column)
		default:
			r.failf(v, "%s", p.Text)
		}
	}
}

// place returns where in the file a place of an expression is. ok is false when
// the file has the expression in another form, folded or with escapes.
func (r *reader) place(node *yaml.Node, p condition.Problem) (line, column int, ok bool) {
	if p.Line == 0 {
		return 0, 0, false
	}
	text := bytes.Split([]byte(node.Value), []byte("\n"))
	if p.Line > len(text) {
		return 0, 0, false
	}
	line = node.Line + p.Line - 1
	if node.Style&yaml.LiteralStyle != 0 {
		line++
	}
	if line > len(r.lines) {
		return 0, 0, false
	}
	start := bytes.Index(r.lines[line-1], text[p.Line-1])
	if start < 0 || node.Style&yaml.FoldedStyle != 0 {
		return 0, 0, false
	}
	return line, utf8.RuneCount(r.lines[line-1][:start]) + p.Column, true
}
