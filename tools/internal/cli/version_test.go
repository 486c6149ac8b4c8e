package cli_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVersionIsOfTheBuild(t *testing.T) {
	object := sluice(t, "version", "--json").objects(t)[0]
	require.Equal(t, runtime.Version(), object["go"])
	require.Equal(t, runtime.GOOS+"/"+runtime.GOARCH, object["platform"])
	require.NotEmpty(t, object["version"])
	require.Equal(t, object["version"].(string)+"\n", sluice(t, "version", "-q").stdout)
	require.Equal(t, sluice(t, "version").stdout, sluice(t, "--version").stdout)
	require.Equal(t, sluice(t, "version", "--json").stdout, sluice(t, "--json", "--version").stdout)
}

func TestCompletionKnowsEveryShell(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		got := sluice(t, "completion", shell)
		require.Equal(t, 0, got.code, got.stderr)
		require.Contains(t, got.stdout, "sluice")
	}
}

func TestHelpNamesEveryCommand(t *testing.T) {
	got := sluice(t)
	require.Equal(t, 0, got.code)
	for _, name := range []string{"upload", "download", "files", "uploads", "streams", "keys", "bench", "demo", "version"} {
		require.Regexp(t, `(?m)^  `+name+` `, got.stdout)
	}
}
