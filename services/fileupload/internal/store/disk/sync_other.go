//go:build !linux

package disk

import "os"

// syncData makes the content and the size of a file durable.
func syncData(file *os.File) error { return file.Sync() }
