package audit

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// archives returns the paths of the files that were put aside for the log at
// path, the oldest first.
func archives(path string) ([]string, error) {
	entries, err := os.ReadDir(folderOf(path))
	if err != nil {
		return nil, err
	}
	var found []string
	for _, entry := range entries {
		sequence, ok := strings.CutPrefix(entry.Name(), filepath.Base(path)+".")
		if ok && len(sequence) == sequenceDigits && strings.Trim(sequence, "0123456789") == "" {
			found = append(found, filepath.Join(folderOf(path), entry.Name()))
		}
	}
	slices.Sort(found)
	return found, nil
}

const sequenceDigits = 20

// archiveOf is the name that a file gets when it is put aside.
func archiveOf(path string, first int64) string {
	return fmt.Sprintf("%s.%0*d", path, sequenceDigits, first)
}
