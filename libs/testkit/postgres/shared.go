package postgres

import (
	"fmt"
	"os"
	"sync"
	"testing"
)

// shared is the server that the tests of this process share: nothing else that
// they have in common could carry it.
var shared struct {
	mu     sync.Mutex
	server *Server
	err    error
}

// Shared returns the server that the tests of a package share, which the first
// call starts as [Start] does without settings. The package's TestMain runs the
// tests through [Tests]. A test that stops or kills a server starts its own.
func Shared(t testing.TB) *Server {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.server == nil && shared.err == nil {
		shared.server, shared.err = start(needBinaries(t), nil)
	}
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.server
}

// Tests stops the shared server after the tests of M. It can be given to
// goleak.VerifyTestMain.
type Tests struct{ M interface{ Run() int } }

// Run returns the exit status for the tests: that of M, or 1 when the server
// can't be stopped.
func (r Tests) Run() int {
	code := r.M.Run()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.server == nil {
		return code
	}
	err := shared.server.close()
	shared.server = nil
	if err == nil {
		return code
	}
	_, _ = fmt.Fprintln(os.Stderr, "can't clean up after PostgreSQL:", err)
	return 1
}
