package syscallfault

import (
	"os"
	"os/exec"
	"testing"
)

const missing = "no strace in PATH: install Debian's package strace to run this test"

// needBinary returns the path of strace, or ends the test.
func needBinary(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("strace")
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatalf("%s; CI skips nothing", missing)
	default:
		t.Skip(missing)
	}
	return path
}
