package duckdb

// WithPercentileSamples bounds the samples whose percentiles are computed in
// memory.
func (o Options) WithPercentileSamples(samples int64) Options {
	o.percentileSamples = samples
	return o
}

// FillingTheDisk lets changes use up the last of the disk.
func (o Options) FillingTheDisk() Options {
	o.fillDisk = true
	return o
}
