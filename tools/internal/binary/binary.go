// Package binary finds the executable of a Sluice service for the commands
// that run one.
package binary

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// ErrNotFound says that the service's executable is nowhere to be found.
var ErrNotFound = errors.New("not found")

// Finder looks for executables. The zero value finds nothing; [NewFinder]
// fills it from the running process.
type Finder struct {
	// Executable is the path of the running program.
	Executable string
	// WorkDir is the folder that a checkout is looked for in and above.
	WorkDir string
	// LookPath resolves a name in PATH, as [exec.LookPath].
	LookPath func(name string) (string, error)
	// Build compiles a service of a checkout and returns its path.
	Build func(ctx context.Context, root, name string) (string, error)
}

// NewFinder returns a finder for the running process.
func NewFinder() (Finder, error) {
	executable, err := os.Executable()
	if err != nil {
		return Finder{}, fmt.Errorf("find the running program: %w", err)
	}
	dir, err := os.Getwd()
	if err != nil {
		return Finder{}, fmt.Errorf("find the working directory: %w", err)
	}
	return Finder{Executable: executable, WorkDir: dir, LookPath: exec.LookPath, Build: Build}, nil
}

// Find returns the path of the executable called name, which is also the name
// of the service with the prefix `sluice-`.
//
// A program that lies outside a checkout looks beside itself first. Inside a
// checkout, found from the working directory or from the program upwards, the
// service is built, so that what runs is never older than the source; without
// a Go toolchain the checkout's bin folder has to do. PATH comes last. The
// error wraps [ErrNotFound] when all of them fail, and is the compiler's when
// the checkout does not build.
func (f Finder) Find(ctx context.Context, name string) (string, error) {
	own := filepath.Dir(f.Executable)
	if _, inside := Checkout(own); !inside {
		if path := filepath.Join(own, name); isExecutable(path) {
			return path, nil
		}
	}
	if root, ok := f.checkout(own); ok {
		path, err := f.fromCheckout(ctx, root, name)
		if !errors.Is(err, ErrNotFound) {
			return path, err
		}
	}
	if path, err := f.LookPath(name); err == nil {
		return path, nil
	}
	return "", fmt.Errorf("%s: %w beside this program, in a checkout or in PATH; build it with `task build`, or name it with --binary",
		name, ErrNotFound)
}

func (f Finder) checkout(own string) (string, bool) {
	if root, ok := Checkout(f.WorkDir); ok {
		return root, true
	}
	return Checkout(own)
}

func (f Finder) fromCheckout(ctx context.Context, root, name string) (string, error) {
	if _, err := f.LookPath("go"); err == nil {
		return f.Build(ctx, root, name)
	}
	if path := filepath.Join(root, "bin", name); isExecutable(path) {
		return path, nil
	}
	return "", ErrNotFound
}

func isExecutable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
