package api

import (
	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

func seriesOf(s *core.Series) *collectorv1.Series {
	return &collectorv1.Series{SeriesId: int64(s.ID), Source: s.Source, Metric: s.Metric, Tags: tagsOf(s.Tags)}
}

func tagsOf(tags []core.Tag) map[string]string {
	if len(tags) == 0 {
		return nil
	}
	byName := make(map[string]string, len(tags))
	for _, tag := range tags {
		byName[tag.Name] = tag.Value
	}
	return byName
}

func summaryOf(s *core.SeriesSummary) *collectorv1.SeriesSummary {
	return &collectorv1.SeriesSummary{
		Series: seriesOf(&s.Series), SampleCount: s.Count, FirstTimestamp: s.First, LastTimestamp: s.Last,
	}
}
