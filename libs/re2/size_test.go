package re2_test

import (
	"regexp/syntax"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/re2"
)

func parse(t *testing.T, pattern string) *syntax.Regexp {
	t.Helper()
	tree, err := syntax.Parse(pattern, syntax.Perl)
	require.NoError(t, err)
	return tree
}

func TestTheSizeIsAboutThatOfTheProgram(t *testing.T) {
	for _, pattern := range []string{
		"", "a", "abc", "[a-z]+@x", "(a|b|c)*", "a{3}", "a{2,5}", "a{2,}", "(?:ab?){100}", "(a{10}){10}", "(?i)straße", "^a.b$", "a||b",
	} {
		tree := parse(t, pattern)
		program, err := syntax.Compile(tree.Simplify())
		require.NoError(t, err)
		size := re2.Size(tree)
		require.GreaterOrEqual(t, size+3, len(program.Inst), pattern)
		require.LessOrEqual(t, size, 2*len(program.Inst)+3, pattern)
	}
}

func TestTheSizeOfManyRepetitionsTakesNoMemory(t *testing.T) {
	tree := parse(t, "(?:"+strings.Repeat("ab", 500)+"){1000}")
	require.Greater(t, re2.Size(tree), 1_000_000)
	require.Zero(t, testing.AllocsPerRun(10, func() { re2.Size(tree) }))
}
