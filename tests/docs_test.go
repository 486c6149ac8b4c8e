package tests

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

var (
	namedTest   = regexp.MustCompile("`(Test[A-Za-z0-9_]+|Fuzz[A-Za-z0-9_]+)`")
	namedFolder = regexp.MustCompile("^(?:, `[A-Za-z0-9_]+`)* in ([a-z0-9/]+)")
	definedTest = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9_]+)\(`)
)

// TestPromisesNameTestsThatExist looks for each test that docs/security.md names,
// in the folder that it names behind it.
func TestPromisesNameTestsThatExist(t *testing.T) {
	root := testkit.RepoRoot(t)
	text, err := os.ReadFile(filepath.Join(root, "docs", "security.md"))
	require.NoError(t, err)
	defined := map[string]map[string]bool{}
	names := namedTest.FindAllSubmatchIndex(text, -1)
	require.Greater(t, len(names), 50)
	for _, at := range names {
		name := string(text[at[2]:at[3]])
		folder := namedFolder.FindSubmatch(text[at[1]:])
		require.NotNil(t, folder, "no folder is named behind %s", name)
		dir := strings.TrimSuffix(string(folder[1]), "/")
		if defined[dir] == nil {
			defined[dir] = testsBelow(t, filepath.Join(root, dir))
		}
		require.True(t, defined[dir][name], "there is no %s below %s", name, dir)
	}
}

var limitRow = regexp.MustCompile("(?m)^\\| `([a-z_.]+)`(?:, `([a-z_.]+)`)? \\| ([^|]+) \\|")

// TestTheTableOfLimitsHasTheDefaults compares docs/operations.md with what the
// services print.
func TestTheTableOfLimitsHasTheDefaults(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(testkit.RepoRoot(t), "docs", "operations.md"))
	require.NoError(t, err)
	_, text, found := bytes.Cut(text, []byte("## Limits"))
	require.True(t, found)
	text, _, found = bytes.Cut(text, []byte("### Memory"))
	require.True(t, found)
	documented := map[string]string{}
	for _, row := range limitRow.FindAllSubmatch(text, -1) {
		for _, key := range row[1:3] {
			documented[string(key)] = string(row[3])
		}
	}
	delete(documented, "")
	require.Greater(t, len(documented), 30)
	seen := map[string]bool{}
	for _, service := range productionServices {
		for key, value := range printed(t, service.build(t)) {
			want, found := documented[key]
			if found {
				require.Equal(t, documentedDefault(want, service.name), printedDefault(value), "%s of %s", key, service.name)
			} else {
				require.False(t, strings.HasPrefix(key, "limits.") || strings.HasPrefix(key, "quotas."), "%s is not documented", key)
			}
			seen[key] = true
		}
	}
	for key := range documented {
		require.True(t, seen[key], "there is no setting %s", key)
	}
}

// documentedDefault reads "1,000 a connection", "0: two seconds' worth", "none" and
// "files 1KiB, else 0".
func documentedDefault(text, service string) string {
	if files, others, found := strings.Cut(text, ", else "); found {
		text = others
		if service == "fileupload" {
			text = strings.TrimPrefix(files, "files ")
		}
	}
	first, _, _ := strings.Cut(text, " ")
	return strings.NewReplacer(",", "", ":", "").Replace(first)
}

// printedDefault reads what --print-config prints: durations as "5m0s", and lists.
func printedDefault(value string) string {
	switch value {
	case "[]":
		return "none"
	case "0s":
		return "0"
	}
	if shorter, found := strings.CutSuffix(value, "m0s"); found {
		return shorter + "m"
	}
	return value
}

// testsBelow has the names of all tests below a folder.
func testsBelow(t *testing.T, dir string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, match := range definedTest.FindAllSubmatch(text, -1) {
			names[string(match[1])] = true
		}
		return err
	}))
	return names
}
