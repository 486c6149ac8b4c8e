package config

import (
	"fmt"
	"math"
	"strconv"

	"github.com/dustin/go-humanize"
)

// Bytes is a number of bytes, written as "1048576", "64MiB" or "10GB". It is
// never negative when it was read from text.
type Bytes int64

// Units of [Bytes].
const (
	KiB Bytes = 1 << (10 * (iota + 1))
	MiB
	GiB
	TiB
)

// UnmarshalText reads a size. Units of 1024 have an i (KiB), those of 1000
// have none (kB); without a unit the number counts bytes.
func (b *Bytes) UnmarshalText(text []byte) error {
	n, err := humanize.ParseBytes(string(text))
	if err != nil || n > math.MaxInt64 {
		return fmt.Errorf("%q is not a size such as 64MiB", text)
	}
	*b = Bytes(n)
	return nil
}

// MarshalText writes the exact size in the largest unit of 1024 that divides
// it.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// String is the text of [Bytes.MarshalText].
func (b Bytes) String() string {
	units := []struct {
		size Bytes
		name string
	}{{TiB, "TiB"}, {GiB, "GiB"}, {MiB, "MiB"}, {KiB, "KiB"}}
	for _, unit := range units {
		if b != 0 && b%unit.size == 0 {
			return strconv.FormatInt(int64(b/unit.size), 10) + unit.name
		}
	}
	return strconv.FormatInt(int64(b), 10)
}
