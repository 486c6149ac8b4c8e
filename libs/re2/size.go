// Package re2 tells how large a regular expression is before it is compiled.
package re2

import "regexp/syntax"

// Size returns about how many instructions a regular expression has. It takes
// neither time nor memory for them: a thousand bytes may stand for a million,
// which take some hundred MiB to compile.
func Size(tree *syntax.Regexp) int {
	const ends = 2 // The program's first instruction and its last.
	return ends + sizeOf(tree)
}

func sizeOf(tree *syntax.Regexp) int {
	size := 0
	for _, sub := range tree.Sub {
		size += sizeOf(sub)
	}
	switch tree.Op {
	case syntax.OpLiteral:
		return len(tree.Rune)
	case syntax.OpConcat:
		return size
	case syntax.OpRepeat:
		return repeated(size, tree.Min, tree.Max)
	case syntax.OpAlternate:
		return size + len(tree.Sub)
	case syntax.OpCapture:
		return size + 2
	default:
		return size + 1
	}
}

// repeated is the size of a part that comes from least to most times; a negative
// most is no bound.
func repeated(part, least, most int) int {
	if most < 0 {
		return max(least, 1)*part + 1
	}
	return least*part + (most-least)*(part+1)
}
