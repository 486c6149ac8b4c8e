package duckdb

// WithPercentileSamples bounds the samples whose percentiles are computed in
// memory.
func (o Options) WithPercentileSamples(samples int64) Options {
	o.percentileSamples = samples
	return o
}
