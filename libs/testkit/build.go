package testkit

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// builds remembers what this test process has built: the tests of a package
// share nothing else that could carry it.
var builds struct {
	mu   sync.Mutex
	dir  string
	made map[string]build
}

// build is the outcome of building one command.
type build struct {
	path string
	err  error
}

// Build returns the path of the command pkg, for example
// `./cmd/sluice-fileupload`, of the module in the folder moduleDir, which is
// relative to the root of the repository. It is built on the first call in a
// test process, with the race detector when the tests have it, and alone
// (GOWORK=off), as it is deployed.
//
// A package that calls Build calls [RemoveBuilds] at the end of its TestMain.
// The test cache of the go command does not know what was built: run such
// tests with -count=1.
func Build(t testing.TB, moduleDir, pkg string) string {
	t.Helper()
	builds.mu.Lock()
	defer builds.mu.Unlock()
	key := moduleDir + " " + pkg
	b, ok := builds.made[key]
	if !ok {
		b.path, b.err = buildCommand(filepath.Join(RepoRoot(t), moduleDir), pkg)
		if builds.made == nil {
			builds.made = make(map[string]build)
		}
		builds.made[key] = b
	}
	if b.err != nil {
		t.Fatalf("can't build %s of %s: %v", pkg, moduleDir, b.err)
	}
	return b.path
}

// RemoveBuilds removes what [Build] made in this process.
func RemoveBuilds() error {
	builds.mu.Lock()
	defer builds.mu.Unlock()
	builds.made = nil
	if builds.dir == "" {
		return nil
	}
	err := os.RemoveAll(builds.dir)
	builds.dir = ""
	return err
}

// RepoRoot returns the folder that holds go.work, at or above the working
// folder of the test.
func RepoRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatalf("can't tell the working folder: %v", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.work at or above the working folder: run the tests inside a checkout")
		}
		dir = parent
	}
}

func buildCommand(moduleDir, pkg string) (string, error) {
	if builds.dir == "" {
		dir, err := os.MkdirTemp("", "sluice-builds-")
		if err != nil {
			return "", err
		}
		builds.dir = dir
	}
	path := filepath.Join(builds.dir, filepath.Base(pkg))
	args := []string{"build", "-o", path}
	if RaceEnabled {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, pkg)...)
	cmd.Dir = moduleDir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	output, err := cmd.CombinedOutput()
	if err != nil {
		return "", errors.Join(err, fmt.Errorf("%s", output))
	}
	return path, nil
}
