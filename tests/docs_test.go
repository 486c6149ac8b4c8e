package tests

import (
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
