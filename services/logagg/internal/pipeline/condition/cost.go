package condition

import (
	"slices"

	"cel.dev/cel-go/checker"
)

// maxCost is what evaluating an expression may cost for the largest entry, in
// CEL's units: about one for an operation and one for ten characters that are
// looked at. It stands for some tens of milliseconds.
const maxCost = 10_000_000

// sizes tells CEL how large the variables can be, which is what the schema says
// of an entry.
type sizes struct{}

const (
	maxApplication = 255
	maxMessage     = 262_144
	maxFields      = 128
	maxFieldName   = 128
	maxFieldValue  = 32_768
	maxCategory    = 64
	maxLevelName   = 5
)

// EstimateSize returns the size of what an expression names.
func (sizes) EstimateSize(element checker.AstNode) *checker.SizeEstimate {
	path := element.Path()
	switch {
	case slices.Equal(path, []string{"application"}):
		return upTo(maxApplication)
	case slices.Equal(path, []string{"fields"}):
		return upTo(maxFields)
	case slices.Equal(path, []string{"fields", "@keys"}):
		return upTo(maxFieldName)
	case len(path) == 2 && path[0] == "fields":
		return upTo(maxFieldValue)
	case slices.Equal(path, []string{"category"}):
		return upTo(maxCategory)
	case slices.Equal(path, []string{"level_name"}):
		return upTo(maxLevelName)
	default:
		// The message, and what a function makes of some text.
		return upTo(maxMessage)
	}
}

func upTo(n uint64) *checker.SizeEstimate { return &checker.SizeEstimate{Max: n} }

// EstimateCallCost leaves the functions to CEL.
func (sizes) EstimateCallCost(string, string, *checker.AstNode, []checker.AstNode) *checker.CallEstimate { //nolint:gocritic // CEL has it so
	return nil
}
