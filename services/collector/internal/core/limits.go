package core

import "time"

// What the schema bounds: lengths in bytes, numbers in a point.
const (
	maxSourceBytes     = 255
	maxTags            = 32
	maxTagNameBytes    = 128
	maxTagValueBytes   = 255
	maxMetrics         = 1000
	maxMetricNameBytes = 255
)

// Limits are what an operator bounds.
type Limits struct {
	// FrameItems is the largest number of points in a frame.
	FrameItems int
	// SeriesPerTenant is the largest number of series of one tenant.
	SeriesPerTenant int
	// Retention returns how long a tenant's samples are kept by their
	// timestamps; 0 means for good. Nil: all are kept for good. Safe for
	// concurrent use.
	Retention func(tenant string) time.Duration
}

// DefaultLimits returns frames of 10,000 points, 1,000,000 series a tenant, and
// no end of retention.
func DefaultLimits() Limits {
	return Limits{FrameItems: 10_000, SeriesPerTenant: 1_000_000}
}
