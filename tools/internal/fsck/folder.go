// Package fsck explains the data folders of services, and changes nothing in
// them.
package fsck

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrUnknownFolder says that a folder is no service's, or that of one whose
// check is not there.
var ErrUnknownFolder = errors.New("cannot check the folder")

// journalDir returns the folder of the journal in a data folder, which may be
// the journal's own.
func journalDir(dir string) (string, error) {
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: %w", ErrUnknownFolder, err)
	case !info.IsDir():
		return "", fmt.Errorf("%w: %s is a file", ErrUnknownFolder, dir)
	}
	inside := filepath.Join(dir, "journal")
	if info, err := os.Stat(inside); err == nil && info.IsDir() {
		return inside, nil
	}
	if segments, _ := filepath.Glob(filepath.Join(dir, "*.segment")); len(segments) > 0 {
		return dir, nil
	}
	for _, name := range []string{"catalog.db", "STORE_ID"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return "", fmt.Errorf("%w: %s belongs to a file service, and only a collector's can be checked; "+
				"`sluice files verify` compares single files", ErrUnknownFolder, dir)
		}
	}
	return "", fmt.Errorf("%w: %s is no data folder of a service: it has no journal", ErrUnknownFolder, dir)
}
