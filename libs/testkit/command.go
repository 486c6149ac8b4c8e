package testkit

import (
	"testing"
	"time"
)

// Outcome is how a command ended.
type Outcome struct {
	// ExitCode is -1 for a command that a signal ended.
	ExitCode int
	// Output is what it wrote to stdout and stderr.
	Output string
}

// Run runs a command that ends by itself. One that is still there after
// timeout is killed and fails the test.
func Run(t testing.TB, timeout time.Duration, binary string, args ...string) Outcome {
	t.Helper()
	r := launch(binary, args)
	select {
	case <-r.done:
	case <-time.After(timeout):
		r.kill()
		t.Fatalf("%s still runs after %v; its output:\n%s", binary, timeout, tail(r.log.String(), tailLines))
	}
	if r.cmd.ProcessState == nil {
		t.Fatalf("can't run %s: %v", binary, r.err)
	}
	return Outcome{ExitCode: r.cmd.ProcessState.ExitCode(), Output: r.log.String()}
}
