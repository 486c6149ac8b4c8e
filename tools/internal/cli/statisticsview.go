package cli

import (
	"strconv"
	"strings"
	"time"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// statisticsView sums up the samples of a group.
type statisticsView struct {
	Source            string            `json:"source,omitempty"`
	Metric            string            `json:"metric,omitempty"`
	Tags              map[string]string `json:"tags,omitempty"`
	BucketStart       string            `json:"bucket_start,omitempty"`
	Count             int64             `json:"count"`
	Min               float64           `json:"min"`
	Max               float64           `json:"max"`
	Mean              float64           `json:"mean"`
	StandardDeviation float64           `json:"standard_deviation"`
	P50               float64           `json:"p50"`
	P90               float64           `json:"p90"`
	P95               float64           `json:"p95"`
	P99               float64           `json:"p99"`
	Rate              float64           `json:"rate"`
	First             string            `json:"first_timestamp"`
	Last              string            `json:"last_timestamp"`

	of      *collectorv1.Statistics
	request *collectorv1.GetStatisticsRequest
}

func viewStatistics(s *collectorv1.Statistics, r *collectorv1.GetStatisticsRequest) statisticsView {
	view := statisticsView{
		Source: s.GetSource(), Metric: s.GetMetric(), Tags: s.GetTags(), Count: s.GetCount(),
		Min: s.GetMin(), Max: s.GetMax(), Mean: s.GetMean(), StandardDeviation: s.GetStandardDeviation(),
		P50: s.GetP50(), P90: s.GetP90(), P95: s.GetP95(), P99: s.GetP99(), Rate: s.GetRate(),
		First: stamp(s.GetFirstTimestamp()), Last: stamp(s.GetLastTimestamp()), of: s, request: r,
	}
	if r.GetBucketDuration() > 0 {
		view.BucketStart = stamp(s.GetBucketStart())
	}
	return view
}

// statisticsColumns has a column for each thing that the request groups by.
func statisticsColumns(r *collectorv1.GetStatisticsRequest) []string {
	var columns []string
	if r.GetBySource() {
		columns = append(columns, "SOURCE")
	}
	if r.GetByMetric() {
		columns = append(columns, "METRIC")
	}
	columns = append(columns, mapped(r.GetByTags(), strings.ToUpper)...)
	if r.GetBucketDuration() > 0 {
		columns = append(columns, "BUCKET START")
	}
	return append(columns, "COUNT", "MIN", "MAX", "MEAN", "STDDEV", "P50", "P90", "P95", "P99", "RATE", "FIRST", "LAST")
}

// cells are the group, then the numbers, then the times.
func (s statisticsView) cells(number func(float64) string, at func(int64) string, text func(string) string) []string {
	var cells []string
	if s.request.GetBySource() {
		cells = append(cells, text(s.Source))
	}
	if s.request.GetByMetric() {
		cells = append(cells, text(s.Metric))
	}
	for _, tag := range s.request.GetByTags() {
		cells = append(cells, text(s.Tags[tag]))
	}
	if s.request.GetBucketDuration() > 0 {
		cells = append(cells, at(s.of.GetBucketStart()))
	}
	cells = append(cells, strconv.FormatInt(s.Count, 10))
	cells = append(cells, mapped([]float64{s.Min, s.Max, s.Mean, s.StandardDeviation, s.P50, s.P90, s.P95, s.P99, s.Rate}, number)...)
	return append(cells, at(s.of.GetFirstTimestamp()), at(s.of.GetLastTimestamp()))
}

func (s statisticsView) row(location *time.Location) []string {
	return s.cells(rounded, func(at int64) string { return showStamp(at, location) }, human.Text)
}

func (s statisticsView) fields() []string {
	return s.cells(exact, stamp, func(text string) string { return text })
}
