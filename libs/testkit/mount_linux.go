package testkit

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// SmallDisk returns a folder on a file system of its own that holds at most
// size bytes and then is full. It needs root.
func SmallDisk(t testing.TB, size int64) string {
	t.Helper()
	NeedRoot(t, "a small disk")
	dir := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("sluice-test", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", size)); err != nil {
		t.Fatalf("can't mount a small disk: %v", err)
	}
	t.Cleanup(func() { detach(t, dir) })
	return dir
}

// detach unmounts dir even while something uses it, so that a failed test
// leaves no mount behind.
func detach(t testing.TB, dir string) {
	t.Helper()
	if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
		t.Errorf("can't unmount %s: %v", dir, err)
	}
}

// runTool runs one of the system's tools and returns what it wrote to stdout.
func runTool(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	output, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", fmt.Errorf("%s: %w: %s", name, err, exit.Stderr)
	}
	return string(output), err
}
