package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/tools/internal/cli"
)

// run is one run of the command line.
type run struct {
	code           int
	stdout, stderr string
}

// sluice runs a command line without a terminal.
func sluice(t *testing.T, args ...string) run {
	t.Helper()
	return sluiceWith(t, t.Context(), environment{}, args...)
}

// environment is what a run finds around it.
type environment struct {
	stdin     string
	variables map[string]string
}

func sluiceWith(t *testing.T, ctx context.Context, around environment, args ...string) run {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := cli.Run(ctx, cli.Env{
		Args: args, Stdin: strings.NewReader(around.stdin), Stdout: &stdout, Stderr: &stderr,
		Getenv: func(name string) string { return around.variables[name] },
		Now:    func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) },
	})
	return run{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

// objects reads JSON, one object a line.
func (r run) objects(t *testing.T) []map[string]any {
	t.Helper()
	var objects []map[string]any
	for line := range strings.Lines(r.stdout) {
		var object map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &object), line)
		objects = append(objects, object)
	}
	return objects
}

const mib = 1 << 20

// timings replaces what differs from run to run.
func timings(text string) string {
	text = regexp.MustCompile(`\d+\.\d\ds \(\d+(\.\d+)? ([KMG]i)?B/s\)`).ReplaceAllString(text, "TIME (RATE)")
	return text
}

// writeFile makes a file in a folder of its own and returns its path.
func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}
