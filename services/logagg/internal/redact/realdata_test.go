package redact_test

import (
	"bufio"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/logagg/internal/redact"
)

// TestRealLinesKeepWhatIsNoSecret redacts every line of the folder `logs` of the
// environment's SLUICE_TESTDATA, and of the lines here. In all but a few nothing
// is to be found.
func TestRealLinesKeepWhatIsNoSecret(t *testing.T) {
	own := filepath.Join(t.TempDir(), "own.log")
	require.NoError(t, os.WriteFile(own, []byte(accessLine+"\n"+loadLine+"\nsshd[1]: Failed password for root from 10.0.0.1 port 22 ssh2\n"), 0o600))
	paths := []string{own}
	if dir := os.Getenv("SLUICE_TESTDATA"); dir == "" {
		t.Log("SLUICE_TESTDATA is not set: only the built-in lines are read")
	} else {
		more, err := filepath.Glob(filepath.Join(dir, "logs", "*.log"))
		require.NoError(t, err)
		require.NotEmpty(t, more, "SLUICE_TESTDATA has no logs")
		paths = append(paths, more...)
	}
	r := all(t, redact.Replace)
	for _, path := range paths {
		lines, hits := countHits(t, r, path)
		t.Logf("%s: %d lines, hits %v", filepath.Base(path), lines, hits)
		// Robots give their addresses.
		delete(hits, "email")
		for rule, n := range hits {
			require.LessOrEqual(t, n*500, lines, "%s of %s", rule, path)
		}
	}
}

func countHits(t *testing.T, r *redact.Redactor, path string) (lines int, hits map[string]int) {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	hits = make(map[string]int)
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		lines++
		other := false
		got := r.Message(scanner.Text(), func(rule int) {
			hits[r.Names()[rule]]++
			other = other || r.Names()[rule] != "email"
		})
		if other {
			t.Log(got)
		}
	}
	require.NoError(t, scanner.Err())
	return lines, hits
}
