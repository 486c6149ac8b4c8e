package pipeline

import (
	"os"
	"time"
)

const (
	// maxFile is more than the rules may have, so that what is too long is seen.
	maxFile = 2 << 20
	// settling is how long after a change a file may change again without a
	// newer modification time.
	settling = 2 * time.Second
)

// version tells one state of a file from another without reading it. The zero
// version is none.
type version struct {
	info os.FileInfo
	at   time.Time // When it was read.
}

// holds tells whether the file is surely still what was read. It is not sure of
// a file that had changed just before.
func (v version) holds(info os.FileInfo) bool {
	return v.info != nil && sameState(v.info, info) && v.at.Sub(v.info.ModTime()) > settling
}

func sameState(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}
