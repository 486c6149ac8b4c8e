package core

import "math"

// SeriesID numbers a series, from 1, in the order in which they were first
// seen. It is never used again for another series.
type SeriesID uint32

// MaxSeries is how many series a server can number in its life.
const MaxSeries = math.MaxUint32

// Tag is a tag of a series.
type Tag struct {
	Name, Value string
}

// Series names a sequence of samples.
type Series struct {
	ID     SeriesID
	Tenant string
	Source string
	Metric string
	// Tags in the order of their names.
	Tags []Tag
}
