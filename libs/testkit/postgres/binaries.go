package postgres

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// installed is where Debian keeps the binaries, by major version.
const installed = "/usr/lib/postgresql/*/bin"

// needBinaries returns the folder of the newest binaries, or ends the test.
func needBinaries(t testing.TB) string {
	t.Helper()
	dir, err := findBinaries(installed)
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatalf("%v; CI skips nothing", err)
	default:
		t.Skip(err)
	}
	return dir
}

// findBinaries prefers PATH to the folders of pattern. A link in PATH is
// followed, since it may stand there without the other binaries.
func findBinaries(pattern string) (string, error) {
	if initdb, err := exec.LookPath("initdb"); err == nil {
		if initdb, err = filepath.EvalSymlinks(initdb); err == nil {
			return filepath.Dir(initdb), nil
		}
	}
	dirs, err := filepath.Glob(filepath.Join(pattern, "initdb"))
	if err != nil {
		return "", err
	}
	if len(dirs) == 0 {
		return "", fmt.Errorf("no initdb in PATH or %s: install Debian's package postgresql to run this test", pattern)
	}
	return filepath.Dir(slices.MaxFunc(dirs, func(a, b string) int { return major(a) - major(b) })), nil
}

// major returns 15 for /usr/lib/postgresql/15/bin/initdb, and 0 for what names
// no version.
func major(initdb string) int {
	version, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(initdb))))
	if err != nil {
		return 0
	}
	return version
}
