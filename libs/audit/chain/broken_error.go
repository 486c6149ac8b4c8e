package chain

import "fmt"

// Cause is what is wrong with a chain.
type Cause string

// The causes.
const (
	// Changed means that a line is not what its hash was made of.
	Changed Cause = "changed"
	// Missing means that lines are gone from before a line, or were moved behind it.
	Missing Cause = "missing"
	// OutOfOrder means that a line was inserted, repeated or moved to where it is.
	OutOfOrder Cause = "out_of_order"
	// Replaced means that a line before was written anew, with a good hash.
	Replaced Cause = "replaced"
	// Unfinished means that the last line has no end.
	Unfinished Cause = "unfinished"
	// HeadMissing means that the head that was expected is not in the chain.
	HeadMissing Cause = "head_missing"
)

// BrokenError is the first place at which a chain does not hold. It is the error of
// [Verify].
type BrokenError struct {
	// File is the source's name.
	File string `json:"file,omitempty"`
	// Line is counted from 1 in the file; 0 when no line is at fault.
	Line int `json:"line,omitempty"`
	// Cause is what kind of break it is.
	Cause Cause `json:"cause"`
	// Detail for people.
	Detail string `json:"detail"`
}

func (b *BrokenError) Error() string {
	if b.Line == 0 {
		return "the chain is broken: " + b.Detail
	}
	return fmt.Sprintf("the chain is broken at line %d of %s: %s", b.Line, b.File, b.Detail)
}
