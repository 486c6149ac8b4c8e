package api

import (
	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

func bucketOf(b *core.Bucket) *collectorv1.SampleBucket {
	return &collectorv1.SampleBucket{
		SeriesId:  int64(b.Series),
		StartTime: b.Time,
		Count:     b.Count,
		Min:       b.Min,
		Max:       b.Max,
		Mean:      b.Mean,
		First:     b.First,
		Last:      b.Last,
	}
}

func statisticsOf(s *core.GroupStatistics) *collectorv1.Statistics {
	return &collectorv1.Statistics{
		Source:            s.Source,
		Metric:            s.Metric,
		Tags:              tagsOf(s.Tags),
		BucketStart:       s.BucketStart,
		Count:             s.Count,
		Min:               s.Min,
		Max:               s.Max,
		Mean:              s.Mean,
		StandardDeviation: s.StandardDeviation,
		P50:               s.P50,
		P90:               s.P90,
		P95:               s.P95,
		P99:               s.P99,
		Rate:              s.Rate,
		FirstTimestamp:    s.FirstTimestamp,
		LastTimestamp:     s.LastTimestamp,
	}
}
