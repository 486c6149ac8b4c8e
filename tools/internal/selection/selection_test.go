package selection_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/tools/internal/selection"
)

func TestExpand(t *testing.T) {
	tests := []struct {
		about string
		paths []string
		all   bool
		want  []string
	}{
		{about: "a file stands for itself", paths: []string{"b.txt"}, want: []string{"b.txt"}},
		{about: "paths keep their order", paths: []string{"b.txt", "a.txt"}, want: []string{"b.txt", "a.txt"}},
		{
			about: "a folder stands for all below it, hidden files left out",
			paths: []string{"folder"}, want: []string{"folder/one.csv", "folder/sub/two.csv"},
		},
		{
			about: "hidden files are taken when asked for",
			paths: []string{"folder"}, all: true,
			want: []string{"folder/.git/config", "folder/.hidden", "folder/one.csv", "folder/sub/two.csv"},
		},
		{about: "a hidden file that is named is taken", paths: []string{"folder/.hidden"}, want: []string{"folder/.hidden"}},
		{about: "a hidden folder that is named is taken", paths: []string{"folder/.git"}, want: []string{"folder/.git/config"}},
		{
			about: "a file is taken once",
			paths: []string{"folder/one.csv", "./folder/one.csv", "folder"},
			want:  []string{"folder/one.csv", "folder/sub/two.csv"},
		},
		{about: "a link that is named is followed", paths: []string{"folder/link"}, want: []string{"folder/link"}},
	}
	for _, test := range tests {
		t.Run(test.about, func(t *testing.T) {
			layOut(t)
			got, err := selection.Expand(test.paths, test.all)
			require.NoError(t, err)
			require.Equal(t, test.want, pathsOf(got))
		})
	}
}

func TestExpandDescribesAFile(t *testing.T) {
	dir := layOut(t)
	got, err := selection.Expand([]string{"folder/sub"}, false)
	require.NoError(t, err)
	require.Len(t, got.Files, 1)
	file := got.Files[0]
	require.Equal(t, "two.csv", file.Name)
	require.Equal(t, filepath.Join(dir, "folder/sub/two.csv"), file.Abs)
	require.Equal(t, int64(len("folder/sub/two.csv")), file.Size)
	require.False(t, file.ModTime.IsZero())
}

func TestExpandTellsWhatItSkipped(t *testing.T) {
	layOut(t)
	require.NoError(t, syscall.Mkfifo("folder/pipe", 0o600))
	got, err := selection.Expand([]string{"folder"}, false)
	require.NoError(t, err)
	require.Equal(t, []selection.Skipped{
		{Path: "folder/link", Why: "a symbolic link"},
		{Path: "folder/pipe", Why: "a named pipe"},
	}, got.Skipped)
}

func TestExpandNamesEveryPathThatIsNotThere(t *testing.T) {
	layOut(t)
	_, err := selection.Expand([]string{"gone", "b.txt", "lost"}, false)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.EqualError(t, err,
		"cannot upload gone: no such file or directory\ncannot upload lost: no such file or directory")
}

func TestExpandRefusesWhatIsNoFile(t *testing.T) {
	layOut(t)
	require.NoError(t, syscall.Mkfifo("pipe", 0o600))
	_, err := selection.Expand([]string{"pipe"}, false)
	require.EqualError(t, err, "cannot upload pipe: it is a named pipe")
}

// layOut makes some files in a folder of the test's own and goes there.
func layOut(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	for _, path := range []string{"a.txt", "b.txt", "folder/one.csv", "folder/sub/two.csv", "folder/.hidden", "folder/.git/config"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(path), 0o600))
	}
	require.NoError(t, os.Symlink("one.csv", "folder/link"))
	return dir
}

func pathsOf(s selection.Selection) []string {
	var paths []string
	for _, file := range s.Files {
		paths = append(paths, file.Path)
	}
	return paths
}
