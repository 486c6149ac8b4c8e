package cli_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestABenchOfNothingIsAMistake(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"points", "--samples", "0"}, "--samples, --frame and --runs must be 1 or more"},
		{[]string{"points", "--messages", "-1"}, "--messages not negative"},
		{[]string{"logs", "--entries", "0"}, "--entries, --frame and --runs must be 1 or more"},
		{[]string{"logs", "--frame", "0"}, "must be 1 or more"},
		{[]string{"logs", "--runs", "0"}, "must be 1 or more"},
		{[]string{"logs", "--addr", "127.0.0.1:7072", "--binary", "x"}, "--addr contradicts --binary"},
		{[]string{"logs", "--timeout", "1s"}, "--timeout means nothing"},
		{[]string{"logs", "2000000"}, "wants no arguments"},
	} {
		got := sluice(t, append([]string{"bench"}, test.args...)...)
		require.Equal(t, 2, got.code, test.args)
		require.Contains(t, got.stderr, test.want, test.args)
		require.Empty(t, got.stdout, test.args)
	}
}
