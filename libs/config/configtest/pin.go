// Package configtest checks the configuration structs of services.
package configtest

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/config"
)

// Pin fails the test unless the names of all settings are free of collisions,
// the program starts with nothing given and then runs with exactly defaults,
// what --print-config prints means the same when it is read back as a file, and
// --help shows every setting.
//
// Call it with the configuration's defaults from each service's tests.
func Pin[C any](t *testing.T, program string, defaults C) {
	t.Helper()
	got, err := config.Load(program, defaults, config.Input{})
	require.NoError(t, err, "the program does not start with its defaults")
	require.Equal(t, defaults, got)

	printed := answer(t, program, defaults, "--print-config")
	file := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(file, []byte(printed), 0o600))
	var blank C
	again := answer(t, program, blank, "--config", file, "--print-config")
	require.Equal(t, printed, again, "the printed configuration means something else when it is read back")

	require.Contains(t, answer(t, program, defaults, "--help"), "--config")
}

// answer returns what the program prints for flags that end it.
func answer[C any](t *testing.T, program string, defaults C, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	_, err := config.Load(program, defaults, config.Input{Args: args, Stdout: &out})
	require.ErrorIs(t, err, config.ErrDone)
	return out.String()
}
