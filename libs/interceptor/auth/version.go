package auth

import (
	"fmt"
	"os"
)

// version tells one state of a file from another without reading it.
type version struct {
	info os.FileInfo
}

// versionOf follows links: a mounted secret is replaced by turning one.
func versionOf(path string) (version, error) {
	info, err := os.Stat(path)
	if err != nil {
		return version{}, fmt.Errorf("stat keys file: %w", err)
	}
	return version{info: info}, nil
}

func (v version) same(other version) bool {
	return os.SameFile(v.info, other.info) &&
		v.info.ModTime().Equal(other.info.ModTime()) &&
		v.info.Size() == other.info.Size() &&
		v.info.Mode() == other.info.Mode()
}
