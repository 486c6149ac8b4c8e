package bench

import "io/fs"

// sizeOnDisk is the length of a file, which tells nothing of its blocks.
func sizeOnDisk(info fs.FileInfo) int64 {
	if info.IsDir() {
		return 0
	}
	return info.Size()
}
