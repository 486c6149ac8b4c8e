package trustfile

import (
	"fmt"
	"os"
)

// Watch tells when one of some files has become another: written in place,
// replaced, turned to by a link, or given another mode. It is not safe for
// concurrent use.
type Watch struct {
	paths []string
	seen  []os.FileInfo
	// failing tells that the last look found no file, and was reported.
	failing bool
}

// NewWatch begins with the files as they are now, which must all be there. Call
// it before reading them, so that no change falls in between.
func NewWatch(paths ...string) (*Watch, error) {
	seen, err := look(paths)
	if err != nil {
		return nil, err
	}
	return &Watch{paths: paths, seen: seen}, nil
}

// Changed tells whether a file is another than at the last call. A file that
// can't be seen, or is empty because somebody is about to write it, is an error
// once, and again only after all were there.
func (w *Watch) Changed() (bool, error) {
	current, err := look(w.paths)
	if err == nil {
		err = checkFilled(w.paths, current)
	}
	if err != nil {
		if w.failing {
			return false, nil
		}
		w.failing = true
		return false, err
	}
	w.failing = false
	changed := false
	for i := range current {
		changed = changed || !same(current[i], w.seen[i])
	}
	w.seen = current
	return changed, nil
}

// look follows links: a mounted secret is replaced by turning one.
func look(paths []string) ([]os.FileInfo, error) {
	infos := make([]os.FileInfo, len(paths))
	for i, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		infos[i] = info
	}
	return infos, nil
}

func checkFilled(paths []string, infos []os.FileInfo) error {
	for i, info := range infos {
		if info.Size() == 0 {
			return fmt.Errorf("%s is empty", paths[i])
		}
	}
	return nil
}

func same(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size() && a.Mode() == b.Mode()
}
