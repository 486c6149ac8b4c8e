package core

import "time"

// What the schema bounds: lengths in bytes, numbers in an entry.
const (
	maxLevelBytes      = 32
	maxMessageBytes    = 256 << 10
	maxFields          = 128
	maxFieldValueBytes = 32 << 10
)

// Redaction puts marks in the place of secrets, which may be shorter.
const (
	// grown is how many times as long as it may be sent a text may become.
	grown = 2
	// maxKeptBytes is how much the rules may make of a frame.
	maxKeptBytes = 16 << 20
)

// Limits are what an operator bounds.
type Limits struct {
	// FrameItems is the largest number of entries in a frame.
	FrameItems int
	// Retention returns how long a tenant's entries are kept by their timestamps;
	// 0 means for good. Nil: all are kept for good. Safe for concurrent use.
	Retention func(tenant string) time.Duration
}

// DefaultLimits returns frames of 10,000 entries and no end of retention.
func DefaultLimits() Limits { return Limits{FrameItems: 10_000} }
