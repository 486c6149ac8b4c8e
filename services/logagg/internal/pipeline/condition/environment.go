package condition

import (
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/ext"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// Limits of an expression.
const (
	maxLength = 8192 // characters
	maxNodes  = 2000
	maxDepth  = 100
)

// Environment compiles expressions. It is immutable and safe for concurrent
// use.
type Environment struct {
	cel *cel.Env
	// variables that expressions may name, for suggestions.
	variables []string
}

// NewEnvironment returns the environment of filter and classify rules.
func NewEnvironment() (*Environment, error) {
	options := []cel.EnvOption{
		cel.Variable("application", cel.StringType),
		cel.Variable("level", cel.IntType),
		cel.Variable("level_name", cel.StringType),
		cel.Variable("message", cel.StringType),
		cel.Variable("fields", fieldsType),
		cel.Variable("timestamp", cel.TimestampType),
		ext.Strings(ext.StringsVersion(5)),
		cel.ParserExpressionSizeLimit(maxLength),
		cel.ParserRecursionLimit(maxDepth),
		cel.ExpressionNodeLimit(maxNodes),
	}
	variables := []string{"application", "fields", "level", "level_name", "message", "timestamp"}
	for _, c := range levels {
		options = append(options, cel.Constant(c.constant, cel.IntType, types.Int(c.level)))
		variables = append(variables, c.constant)
	}
	env, err := cel.NewEnv(options...)
	if err != nil {
		return nil, fmt.Errorf("set up CEL: %w", err)
	}
	return &Environment{cel: env, variables: variables}, nil
}

// WithCategory returns the environment of enrich rules, which see the category
// too.
func (e *Environment) WithCategory() (*Environment, error) {
	env, err := e.cel.Extend(cel.Variable("category", cel.StringType))
	if err != nil {
		return nil, fmt.Errorf("set up CEL: %w", err)
	}
	return &Environment{cel: env, variables: append([]string{"category"}, e.variables...)}, nil
}

// levels are the constants and names of the levels.
var levels = []struct {
	level    entry.Level
	constant string
	name     ref.Val
}{
	{entry.Unspecified, "UNSPECIFIED", types.String("")},
	{entry.Trace, "TRACE", types.String("trace")},
	{entry.Debug, "DEBUG", types.String("debug")},
	{entry.Info, "INFO", types.String("info")},
	{entry.Warn, "WARN", types.String("warn")},
	{entry.Error, "ERROR", types.String("error")},
	{entry.Fatal, "FATAL", types.String("fatal")},
}

func levelName(level entry.Level) ref.Val {
	for i := range levels {
		if levels[i].level == level {
			return levels[i].name
		}
	}
	return levels[0].name
}
