package s3server

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

// toolFolder is the module that pins versitygw.
const toolFolder = "tools/dev/s3"

// binary is the path of versitygw. The go command builds it on the first call
// and keeps it in its cache, which takes minutes once on a machine.
var binary = struct {
	sync.Mutex
	path string
}{}

func binaryPath(t testing.TB) string {
	t.Helper()
	binary.Lock()
	defer binary.Unlock()
	if binary.path == "" {
		binary.path = buildBinary(t)
	}
	return binary.path
}

func buildBinary(t testing.TB) string {
	t.Helper()
	cmd := exec.Command("go", "tool", "-n", "versitygw")
	cmd.Dir = filepath.Join(testkit.RepoRoot(t), toolFolder)
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	path, err := cmd.Output()
	if err != nil {
		t.Fatalf("can't build versitygw in %s: %v\n%s", toolFolder, err, stderr.String())
	}
	return strings.TrimSpace(string(path))
}
