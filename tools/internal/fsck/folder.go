// Package fsck explains the data folders of services, and changes nothing in
// them.
package fsck

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// ErrUnknownFolder says that a folder is no service's, or that of one whose
// check is not there.
var ErrUnknownFolder = errors.New("cannot check the folder")

// folder is where a journal is.
type folder struct {
	// journal is the journal's own folder.
	journal string
	// stores are the schemas of the services whose stores stand beside it.
	stores []schema
}

// open finds the journal in a data folder, which may be the journal's own.
func open(dir string) (folder, error) {
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return folder{}, fmt.Errorf("%w: %w", ErrUnknownFolder, err)
	case !info.IsDir():
		return folder{}, fmt.Errorf("%w: %s is a file", ErrUnknownFolder, dir)
	}
	inside := filepath.Join(dir, "journal")
	if info, err := os.Stat(inside); err == nil && info.IsDir() {
		return folder{inside, storesIn(dir)}, nil
	}
	if segments, _ := filepath.Glob(filepath.Join(dir, "*.segment")); len(segments) > 0 {
		return bare(dir)
	}
	for _, name := range []string{"catalog.db", "STORE_ID"} {
		if exists(filepath.Join(dir, name)) {
			return folder{}, fmt.Errorf("%w: %s belongs to a file service, which has no journal; "+
				"the service itself checks it: see `sluice fsck --help`", ErrUnknownFolder, dir)
		}
	}
	return folder{}, fmt.Errorf("%w: %s is no data folder of a service: it has neither the folder journal of a collector or log service "+
		"nor catalog.db or STORE_ID of a file service; give the folder that data_dir of the service names%s", ErrUnknownFolder, dir, hint(dir))
}

// hint names up to three data folders right below dir, if there are some.
func hint(dir string) string {
	const most = 3
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	var found []string
	for _, entry := range entries {
		below := filepath.Join(dir, entry.Name())
		if IsFilesFolder(below) || exists(filepath.Join(below, "journal")) {
			found = append(found, below)
		}
		if len(found) == most {
			break
		}
	}
	if len(found) == 0 {
		return ""
	}
	return ", such as " + strings.Join(found, " or ")
}

// bare is the journal's own folder, which may still be in its data folder.
func bare(dir string) (folder, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return folder{}, fmt.Errorf("%w: %w", ErrUnknownFolder, err)
	}
	f := folder{journal: dir}
	if filepath.Base(absolute) == "journal" {
		f.stores = storesIn(filepath.Dir(absolute))
	}
	return f, nil
}

func storesIn(dir string) []schema {
	var stores []schema
	for _, s := range schemas() {
		if exists(filepath.Join(dir, s.storeFile())) {
			stores = append(stores, s)
		}
	}
	return stores
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
