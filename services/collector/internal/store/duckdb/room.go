package duckdb

import "github.com/sluice-ingest/sluice/services/collector/internal/core"

const (
	// sampleRoom is what a sample takes in the log, at most.
	sampleRoom = 24
	// seriesRoom is what a series takes there, at most, without its texts.
	seriesRoom = 1024
)

// roomFor is how much a batch may take in the log, without its producers.
func roomFor(batch *core.Batch) int64 {
	room := int64(batch.Samples.Len()+len(batch.Late)) * sampleRoom
	for i := range batch.Series {
		series := &batch.Series[i]
		room += seriesRoom + int64(len(series.Tenant)+len(series.Source)+len(series.Metric))
		for _, tag := range series.Tags {
			room += int64(len(tag.Name) + len(tag.Value))
		}
	}
	return room
}
