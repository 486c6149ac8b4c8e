package clamd

import (
	"errors"
	"os"
	"os/exec"
	"testing"
)

// installed is where Debian has the binary, which is not in everybody's PATH.
const installed = "/usr/sbin/clamd"

// needBinary returns the path of clamd, or ends the test.
func needBinary(t testing.TB) string {
	t.Helper()
	path, err := findBinary(installed)
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatalf("%v; CI skips nothing", err)
	default:
		t.Skip(err)
	}
	return path
}

// findBinary prefers PATH to fallback.
func findBinary(fallback string) (string, error) {
	for _, name := range []string{"clamd", fallback} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no clamd in PATH or " + fallback +
		": install Debian's package clamav-daemon to run this test")
}
