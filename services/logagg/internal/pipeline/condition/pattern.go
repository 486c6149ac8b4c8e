package condition

import (
	"fmt"
	"regexp"
	"regexp/syntax"

	"github.com/sluice-ingest/sluice/libs/re2"
)

// maxPatternSize is the number of instructions that a compiled pattern has at
// most.
const maxPatternSize = 2000

// Pattern compiles an RE2 pattern of a rule, and refuses one that is too large
// before memory is taken for it.
func Pattern(text string) (*regexp.Regexp, error) {
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	if size := re2.Size(tree); size > maxPatternSize {
		return nil, fmt.Errorf("the pattern takes %d steps; at most %d are taken: use smaller repetitions or fewer words",
			size, maxPatternSize)
	}
	return regexp.Compile(text)
}
