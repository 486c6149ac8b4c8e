package fakeserver

import (
	"fmt"
	"math"
	"regexp"
	"time"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

var metricName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.:/-]{0,254}$`)

// check returns why a point is rejected, or nil.
func (c *Collector) check(p *collectorv1.DataPoint) *collectorv1.PointError {
	if !c.Validates {
		return nil
	}
	switch at := p.GetTimestamp(); {
	case p.GetSource() == "":
		return rejection(collectorv1.PointErrorReason_POINT_ERROR_REASON_SOURCE_INVALID, "source", "is empty")
	case at <= 0:
		return rejection(collectorv1.PointErrorReason_POINT_ERROR_REASON_TIMESTAMP_INVALID, "timestamp", "is missing")
	case at < 1e17:
		return rejection(collectorv1.PointErrorReason_POINT_ERROR_REASON_TIMESTAMP_UNIT, "timestamp", "is no time in nanoseconds")
	case time.Until(time.Unix(0, at)) > 10*time.Minute:
		return rejection(collectorv1.PointErrorReason_POINT_ERROR_REASON_TIMESTAMP_IN_FUTURE, "timestamp", "is ahead of the clock")
	case len(p.GetMetrics()) == 0:
		return rejection(collectorv1.PointErrorReason_POINT_ERROR_REASON_METRICS_MISSING, "metrics", "is empty")
	}
	for name, value := range p.GetTags() {
		if !metricName.MatchString(name) || value == "" {
			return rejection(collectorv1.PointErrorReason_POINT_ERROR_REASON_TAG_INVALID, fmt.Sprintf("tags[%q]", name), "is no tag")
		}
	}
	for name, value := range p.GetMetrics() {
		field := fmt.Sprintf("metrics[%q]", name)
		switch {
		case !metricName.MatchString(name):
			return rejection(collectorv1.PointErrorReason_POINT_ERROR_REASON_METRIC_NAME_INVALID, field, "is no name")
		case math.IsNaN(value) || math.IsInf(value, 0):
			return rejection(collectorv1.PointErrorReason_POINT_ERROR_REASON_METRIC_VALUE_NOT_FINITE, field, "is not finite")
		}
	}
	return nil
}

func rejection(reason collectorv1.PointErrorReason, field, description string) *collectorv1.PointError {
	return &collectorv1.PointError{Reason: reason, Field: field, Description: description}
}
