package condition

import (
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Condition is an expression that is true or false. It is immutable and safe
// for concurrent use.
type Condition struct {
	program cel.Program
}

// Holds tells whether the condition holds. ok is false when the evaluation
// failed; the condition then does not hold.
func (c *Condition) Holds(v *Vars) (holds, ok bool) {
	out, _, err := c.program.Eval(v)
	if err != nil {
		return false, false
	}
	result, ok := out.(types.Bool)
	return bool(result), ok
}

// Text is an expression that gives a text. It is immutable and safe for
// concurrent use.
type Text struct {
	program cel.Program
	// constant is the text of an expression that is nothing but one.
	constant *string
}

// Constant tells whether the expression is a text of the rule itself and takes
// nothing from the entry.
func (t *Text) Constant() bool { return t.constant != nil }

// Value returns the text. ok is false when the evaluation failed.
func (t *Text) Value(v *Vars) (text string, ok bool) {
	if t.constant != nil {
		return *t.constant, true
	}
	out, _, err := t.program.Eval(v)
	if err != nil {
		return "", false
	}
	result, ok := out.(types.String)
	return string(result), ok
}

// Condition compiles an expression that must be true or false.
func (e *Environment) Condition(text string) (*Condition, []Problem) {
	program, _, problems := e.compile(text, cel.BoolType, "has to be true or false")
	if problems != nil {
		return nil, problems
	}
	return &Condition{program: program}, nil
}

// Text compiles an expression that must give a text.
func (e *Environment) Text(text string) (*Text, []Problem) {
	program, constant, problems := e.compile(text, cel.StringType, "has to give a text; string(…) makes one")
	if problems != nil {
		return nil, problems
	}
	result := &Text{program: program}
	if constant, ok := constant.(types.String); ok {
		result.constant = (*string)(&constant)
	}
	return result, nil
}

// compile also returns the value of an expression that is a literal.
func (e *Environment) compile(text string, want *cel.Type, need string) (cel.Program, ref.Val, []Problem) {
	ast, issues := e.cel.Compile(text)
	if issues.Err() != nil {
		return nil, nil, e.problemsOf(issues)
	}
	if !ast.OutputType().IsExactType(want) {
		return nil, nil, []Problem{{Text: fmt.Sprintf("the expression gives %s but %s", ast.OutputType(), need)}}
	}
	if problems := e.check(ast); problems != nil {
		return nil, nil, problems
	}
	program, err := e.cel.Program(ast, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, nil, []Problem{{Text: err.Error()}}
	}
	return program, literal(ast), nil
}
