//go:build !unix

package fileowner

import "io/fs"

// owner is the same for every file where files have no such owners.
func owner(fs.FileInfo) (uid, gid int) { return 0, 0 }
