package frame

// WithoutMemory is the frame as it looks from outside.
func (f *Frame) WithoutMemory() Frame {
	seen := *f
	seen.points = points{}
	return seen
}

// KeptMetrics is how many metrics the frame has memory for.
func (f *Frame) KeptMetrics() int { return cap(f.points.metrics) }
