package binary

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Build compiles the service into the checkout's bin folder, on its own as it
// is deployed. It does little when the executable is up to date.
func Build(ctx context.Context, root, name string) (string, error) {
	path := filepath.Join(root, "bin", name)
	module := filepath.Join(root, "services", strings.TrimPrefix(name, "sluice-"))
	cmd := exec.CommandContext(ctx, "go", "build", "-o", path, "./cmd/"+name)
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "GOWORK=off")
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("build %s in %s: %w\n%s", name, module, err, bytes.TrimSpace(output.Bytes()))
	}
	return path, nil
}
