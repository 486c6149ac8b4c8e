package tests

import (
	"fmt"
	"math"
	"strings"
	"time"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

type faultReason = collectorv1.PointErrorReason

// fault makes a good point one that is rejected.
type fault struct {
	name   string
	spoil  func(*collectorv1.DataPoint)
	reason faultReason
	field  string
}

// sentPoint is a point and why it is rejected: nil if it is accepted.
type sentPoint struct {
	*collectorv1.DataPoint

	fault *fault
}

// faults are those that every server finds, whatever its settings.
func faults() []fault {
	const long = 256
	return []fault{
		{"no_source", setSource(""), collectorv1.PointErrorReason_POINT_ERROR_REASON_SOURCE_INVALID, "source"},
		{"source_ends_in_space", setSource("a "), collectorv1.PointErrorReason_POINT_ERROR_REASON_SOURCE_INVALID, "source"},
		{"source_with_control_character", setSource("a\x7f"), collectorv1.PointErrorReason_POINT_ERROR_REASON_SOURCE_INVALID, "source"},
		{"long_source", setSource(strings.Repeat("s", long)), collectorv1.PointErrorReason_POINT_ERROR_REASON_SOURCE_INVALID, "source"},
		{"no_timestamp", setTimestamp(0), collectorv1.PointErrorReason_POINT_ERROR_REASON_TIMESTAMP_INVALID, "timestamp"},
		{"before_1970", setTimestamp(-1), collectorv1.PointErrorReason_POINT_ERROR_REASON_TIMESTAMP_INVALID, "timestamp"},
		{"seconds", setTimestamp(1_750_000_000), collectorv1.PointErrorReason_POINT_ERROR_REASON_TIMESTAMP_UNIT, "timestamp"},
		{"milliseconds", setTimestamp(1_750_000_000_000), collectorv1.PointErrorReason_POINT_ERROR_REASON_TIMESTAMP_UNIT, "timestamp"},
		{"microseconds", setTimestamp(1_750_000_000_000_000), collectorv1.PointErrorReason_POINT_ERROR_REASON_TIMESTAMP_UNIT, "timestamp"},
		{"in_an_hour", inAnHour, collectorv1.PointErrorReason_POINT_ERROR_REASON_TIMESTAMP_IN_FUTURE, "timestamp"},
		{"tag_without_name", setTag("", "x"), collectorv1.PointErrorReason_POINT_ERROR_REASON_TAG_INVALID, `tags[""]`},
		{"tag_without_value", setTag("room", ""), collectorv1.PointErrorReason_POINT_ERROR_REASON_TAG_INVALID, `tags["room"]`},
		{"many_tags", manyTags, collectorv1.PointErrorReason_POINT_ERROR_REASON_TOO_MANY_TAGS, "tags"},
		{"no_metric", noMetric, collectorv1.PointErrorReason_POINT_ERROR_REASON_METRICS_MISSING, "metrics"},
		{"many_metrics", manyMetrics, collectorv1.PointErrorReason_POINT_ERROR_REASON_TOO_MANY_METRICS, "metrics"},
		{"metric_begins_with_digit", setMetric("1m", 1), collectorv1.PointErrorReason_POINT_ERROR_REASON_METRIC_NAME_INVALID, `metrics["1m"]`},
		{"not_a_number", setMetric("bad", math.NaN()), collectorv1.PointErrorReason_POINT_ERROR_REASON_METRIC_VALUE_NOT_FINITE, `metrics["bad"]`},
		{"infinite", setMetric("bad", math.Inf(-1)), collectorv1.PointErrorReason_POINT_ERROR_REASON_METRIC_VALUE_NOT_FINITE, `metrics["bad"]`},
	}
}

func setSource(source string) func(*collectorv1.DataPoint) {
	return func(p *collectorv1.DataPoint) { p.Source = source }
}

func setTimestamp(timestamp int64) func(*collectorv1.DataPoint) {
	return func(p *collectorv1.DataPoint) { p.Timestamp = timestamp }
}

func inAnHour(p *collectorv1.DataPoint) { p.Timestamp = time.Now().Add(time.Hour).UnixNano() }

func setTag(name, value string) func(*collectorv1.DataPoint) {
	return func(p *collectorv1.DataPoint) { p.Tags = map[string]string{name: value} }
}

func manyTags(p *collectorv1.DataPoint) {
	p.Tags = map[string]string{}
	for i := range 33 {
		p.Tags[fmt.Sprintf("t%d", i)] = "x"
	}
}

func noMetric(p *collectorv1.DataPoint) { p.Metrics = nil }

func manyMetrics(p *collectorv1.DataPoint) {
	p.Metrics = map[string]float64{}
	for i := range 1001 {
		p.Metrics[fmt.Sprintf("m%d", i)] = 1
	}
}

func setMetric(name string, value float64) func(*collectorv1.DataPoint) {
	return func(p *collectorv1.DataPoint) { p.Metrics[name] = value }
}
