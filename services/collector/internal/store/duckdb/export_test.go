package duckdb

import "golang.org/x/sync/semaphore"

// BoundPercentiles bounds the samples whose percentiles are computed in memory;
// nobody uses the store yet.
func (s *Store) BoundPercentiles(samples int64) *Store {
	s.percentileSamples, s.percentiles = samples, semaphore.NewWeighted(samples)
	return s
}
