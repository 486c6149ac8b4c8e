package core

import "math"

// lastTimestamps has the last timestamp of each series, by its ID.
type lastTimestamps []int64

// never is the last timestamp of a series without samples.
const never = math.MinInt64

// grow makes room for a series.
func (l *lastTimestamps) grow(id SeriesID) {
	for len(*l) <= int(id) {
		*l = append(*l, never)
	}
}

// Load notes the last timestamp of a stored series.
func (l *lastTimestamps) load(id SeriesID, timestamp int64) {
	l.grow(id)
	(*l)[id] = timestamp
}

// pass tells whether a sample is later than all before it in its series, which
// it is the last of then.
func (l *lastTimestamps) pass(id SeriesID, timestamp int64) bool {
	l.grow(id)
	if timestamp <= (*l)[id] {
		return false
	}
	(*l)[id] = timestamp
	return true
}
