package postgres

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// fakeInitdb makes an initdb below dir that only lies there.
func fakeInitdb(t *testing.T, dir string) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o700))
	path := filepath.Join(dir, "initdb")
	require.NoError(t, os.WriteFile(path, nil, 0o700))
	return path
}

func TestTheNewestVersionIsFound(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	root := t.TempDir()
	for _, version := range []string{"9.6", "17", "15"} {
		fakeInitdb(t, filepath.Join(root, version, "bin"))
	}
	dir, err := findBinaries(filepath.Join(root, "*", "bin"))
	require.NoError(t, err)
	require.Equal(t, filepath.Join(root, "17", "bin"), dir)
}

func TestALinkInThePathIsFollowed(t *testing.T) {
	target := fakeInitdb(t, filepath.Join(t.TempDir(), "15", "bin"))
	path := t.TempDir()
	require.NoError(t, os.Symlink(target, filepath.Join(path, "initdb")))
	t.Setenv("PATH", path)
	dir, err := findBinaries(installed)
	require.NoError(t, err)
	require.Equal(t, filepath.Dir(target), dir)
}

func TestMissingBinariesNameThePackage(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := findBinaries(filepath.Join(t.TempDir(), "*", "bin"))
	require.ErrorContains(t, err, "install Debian's package postgresql")
}
