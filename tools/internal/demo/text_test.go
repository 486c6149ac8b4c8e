package demo

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTextsAreWrappedBetweenWords(t *testing.T) {
	for text, want := range map[string][]string{
		"":                  {""},
		"as it is":          {"as it is"},
		"ten chars!":        {"ten chars!"},
		"one two three":     {"one two", "three"},
		"12345678901234":    {"1234567890", "1234"},
		"a 1234567890 b":    {"a", "1234567890", "b"},
		"ends at ten   yes": {"ends at", "ten   yes"},
		"äöüäöüäöü ß":       {"äöüäöüäöü", "ß"},
	} {
		require.Equal(t, want, wrapped(text, 10), text)
	}
}

func TestLongTextsAreShortened(t *testing.T) {
	require.Equal(t, "0123456789abcdef", head("0123456789abcdef"))
	require.Equal(t, "0123456789abcdef…", head("0123456789abcdef0"))
	require.Equal(t, "0123456789abcdef", tail("0123456789abcdef"))
	require.Equal(t, "…123456789abcdef0", tail("0123456789abcdef0"))
}
