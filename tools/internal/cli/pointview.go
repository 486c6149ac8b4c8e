package cli

import (
	"strconv"
	"time"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// seriesName is what names a series.
type seriesName struct {
	Source string            `json:"source"`
	Metric string            `json:"metric"`
	Tags   map[string]string `json:"tags,omitempty"`
}

func nameOf(s *collectorv1.Series) seriesName {
	return seriesName{Source: s.GetSource(), Metric: s.GetMetric(), Tags: s.GetTags()}
}

func (s seriesName) row() []string {
	return []string{human.Text(s.Source), human.Text(s.Metric), showTags(s.Tags)}
}

func (s seriesName) fields() []string { return []string{s.Source, s.Metric, showTags(s.Tags)} }

// sampleView is a stored value.
type sampleView struct {
	Time string `json:"timestamp"`
	seriesName

	Value float64 `json:"value"`

	at int64
}

func viewSample(s client.Sample) sampleView {
	return sampleView{Time: stamp(s.Timestamp), seriesName: nameOf(s.Series), Value: s.Value, at: s.Timestamp}
}

func sampleColumns() []string { return []string{"TIMESTAMP", "SOURCE", "METRIC", "TAGS", "VALUE"} }

func (s sampleView) row(location *time.Location) []string {
	return append(append([]string{showStamp(s.at, location)}, s.seriesName.row()...), exact(s.Value))
}

func (s sampleView) fields() []string {
	return append(append([]string{s.Time}, s.seriesName.fields()...), exact(s.Value))
}

// bucketView sums up samples of a series.
type bucketView struct {
	Start string `json:"start"`
	seriesName

	Count int64   `json:"count"`
	Min   float64 `json:"min"`
	Max   float64 `json:"max"`
	Mean  float64 `json:"mean"`
	First float64 `json:"first"`
	Last  float64 `json:"last"`

	at int64
}

func viewBucket(b client.Bucket) bucketView {
	return bucketView{
		Start: stamp(b.Start), seriesName: nameOf(b.Series), Count: b.Count,
		Min: b.Min, Max: b.Max, Mean: b.Mean, First: b.First, Last: b.Last, at: b.Start,
	}
}

func bucketColumns() []string {
	return []string{"START", "SOURCE", "METRIC", "TAGS", "COUNT", "MIN", "MAX", "MEAN", "FIRST", "LAST"}
}

func (b bucketView) values(write func(float64) string) []string {
	return append([]string{strconv.FormatInt(b.Count, 10)}, mapped([]float64{b.Min, b.Max, b.Mean, b.First, b.Last}, write)...)
}

func (b bucketView) row(location *time.Location) []string {
	return append(append([]string{showStamp(b.at, location)}, b.seriesName.row()...), b.values(rounded)...)
}

func (b bucketView) fields() []string {
	return append(append([]string{b.Start}, b.seriesName.fields()...), b.values(exact)...)
}

// storedSeriesView tells what is stored of a series.
type storedSeriesView struct {
	seriesName

	Samples int64  `json:"sample_count"`
	First   string `json:"first_timestamp"`
	Last    string `json:"last_timestamp"`

	first, last int64
}

func viewSeries(s *collectorv1.SeriesSummary) storedSeriesView {
	return storedSeriesView{
		seriesName: nameOf(s.GetSeries()), Samples: s.GetSampleCount(),
		First: stamp(s.GetFirstTimestamp()), Last: stamp(s.GetLastTimestamp()),
		first: s.GetFirstTimestamp(), last: s.GetLastTimestamp(),
	}
}

func seriesColumns() []string {
	return []string{"SOURCE", "METRIC", "TAGS", "SAMPLES", "FIRST", "LAST"}
}

func (s storedSeriesView) row(location *time.Location) []string {
	return append(s.seriesName.row(), showCount(s.Samples), showStamp(s.first, location), showStamp(s.last, location))
}

func (s storedSeriesView) fields() []string {
	return append(s.seriesName.fields(), strconv.FormatInt(s.Samples, 10), s.First, s.Last)
}
