package tests

import (
	"bufio"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// plainWord is text that may stand anywhere, such as an identifier that is
// valid.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_.:-]*$`)

// telling are the payloads that nothing else can have brought to a place.
func telling() []string {
	return slices.DeleteFunc(payloads(), func(payload string) bool {
		return len(payload) < 8 || plainWord.MatchString(payload)
	})
}

// requireNoFiles fails the test when a payload has become a file, or a part of
// the name of one. parent has the data folder and nothing else.
func requireNoFiles(t *testing.T, parent string) {
	t.Helper()
	entries, err := os.ReadDir(parent)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	err = filepath.WalkDir(parent, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := filepath.Base(path)
		require.NotContains(t, name, payloadWord)
		require.Regexp(t, plainWord, name)
		return nil
	})
	require.NoError(t, err)
	for dir := parent; ; dir = filepath.Dir(dir) {
		requireNoBreach(t, dir)
		if dir == filepath.Dir(dir) {
			break
		}
	}
	requireNoBreach(t, ".")
	requireNoBreach(t, "..")
	requireNoBreach(t, os.TempDir()) //nolint:usetesting // it is where other files of the test must not be
}

func requireNoBreach(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, entry := range entries {
		require.NotContains(t, entry.Name(), payloadWord, dir)
	}
}

// requireCleanLines wants JSON lines without characters that do something and
// without payloads.
func requireCleanLines(t *testing.T, what, text string) {
	t.Helper()
	var values strings.Builder
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		require.Equal(t, -1, strings.IndexFunc(line, isHostile), "%s: %q", what, line)
		var entry map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &entry), "%s: %q", what, line)
		addTexts(&values, entry)
	}
	require.NoError(t, lines.Err())
	all := values.String()
	require.NotEmpty(t, all)
	for _, payload := range telling() {
		if at := strings.Index(all, payload); at >= 0 {
			t.Errorf("%s has a payload: %.300q", what, all[max(0, at-100):])
		}
	}
}

// addTexts collects the texts of a JSON value.
func addTexts(to *strings.Builder, value any) {
	switch v := value.(type) {
	case string:
		to.WriteString(v)
		to.WriteByte('\n')
	case []any:
		for _, item := range v {
			addTexts(to, item)
		}
	case map[string]any:
		for key, item := range v {
			to.WriteString(key)
			to.WriteByte('\n')
			addTexts(to, item)
		}
	}
}

// requireCleanMetrics wants no payload in a page of metrics, and only so many
// series.
func requireCleanMetrics(t *testing.T, before, after string) {
	t.Helper()
	require.NotContains(t, after, payloadWord)
	for _, payload := range telling() {
		require.NotContains(t, after, payload)
	}
	// A method's first call makes its series; 22 methods at most have some 40.
	require.Less(t, strings.Count(after, "\n"), strings.Count(before, "\n")+1000)
}
