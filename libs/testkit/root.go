package testkit

import (
	"os"
	"testing"
)

// NeedRoot skips a test that can't run without root, and says what needs it.
// In CI, where nothing is skipped, the test fails instead.
func NeedRoot(t testing.TB, what string) {
	t.Helper()
	if os.Geteuid() == 0 {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s needs root, and CI skips nothing: run the tests as root", what)
	}
	t.Skipf("%s needs root: run the tests as root to include it", what)
}
