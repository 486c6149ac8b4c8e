//go:build !linux

package disk

import "os"

// vectorWriter writes segments one by one.
type vectorWriter struct{}

// writeAt writes the segments one behind the other from offset on, and returns
// the number of bytes written.
func (*vectorWriter) writeAt(file *os.File, segments [][]byte, offset int64) (int64, error) {
	var written int64
	for _, segment := range segments {
		n, err := file.WriteAt(segment, offset+written)
		written += int64(n)
		if err != nil {
			return written, err
		}
	}
	return written, nil
}
