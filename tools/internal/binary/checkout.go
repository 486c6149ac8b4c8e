package binary

import (
	"bytes"
	"os"
	"path/filepath"
)

// modulePath begins the first line of the tools' go.mod in a checkout.
const modulePath = "module github.com/sluice-ingest/sluice/"

// Checkout returns the root of the Sluice checkout that dir lies in. A folder
// is one when it has a go.work and our tools module.
func Checkout(dir string) (root string, ok bool) {
	for {
		if isCheckout(dir) {
			return dir, true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", false
		}
		dir = parent
	}
}

func isCheckout(dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, "go.work")); err != nil {
		return false
	}
	mod, err := os.ReadFile(filepath.Join(dir, "tools", "go.mod"))
	return err == nil && bytes.HasPrefix(mod, []byte(modulePath))
}
