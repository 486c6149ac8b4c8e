//go:build !linux

package diskspace

import "math"

// Free returns a number that is never low: only Linux is watched.
func Free(string) (int64, error) { return math.MaxInt64, nil }
