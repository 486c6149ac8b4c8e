package core

import (
	"fmt"
	"math"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

// Rejection tells why one point of a frame was not accepted.
type Rejection struct {
	// Index is the point's place in its frame, from 0.
	Index int
	// Field at fault.
	Field  string
	Reason collectorv1.PointErrorReason
	// Description says what was wrong and what would be right.
	Description string
}

// Proto is the rejection as a receipt tells it, for the frame with the sequence.
func (r *Rejection) Proto(sequence int64) *collectorv1.PointError {
	return &collectorv1.PointError{
		Sequence: sequence, Index: int32(r.Index), Field: r.Field, Reason: r.Reason, Description: r.Description,
	}
}

// Explain puts a point's fault into words: a reason that [Rules.Check] gave, or
// SERIES_LIMIT.
func (r *Rules) Explain(index int, p *frame.Point, reason collectorv1.PointErrorReason) Rejection {
	rejection := Rejection{Index: index, Reason: reason}
	rejection.Field, rejection.Description = r.words(p, reason)
	return rejection
}

func (r *Rules) words(p *frame.Point, reason collectorv1.PointErrorReason) (field, description string) {
	switch reason {
	case sourceInvalid:
		return "source", textWords(p.Source, maxSourceBytes)
	case permissionDenied:
		return "source", problem.Echo(string(p.Source)) + " is not among the sources that these credentials may write; " +
			"use other credentials, or have the source granted"
	case tooManyTags:
		return "tags", fmt.Sprintf("has %d tags; at most %d are accepted", len(p.Tags), maxTags)
	case tagInvalid:
		return tagWords(p.Tags)
	case metricsMissing:
		return "metrics", "is empty; a point has at least one metric"
	case tooManyMetrics:
		return "metrics", fmt.Sprintf("has %d metrics; at most %d are accepted: split the point", len(p.Metrics), maxMetrics)
	case metricNameInvalid, metricValueNotFinite:
		return metricWords(p.Metrics)
	case seriesLimit:
		return "metrics", fmt.Sprintf("would begin a series beyond the limit of %d; delete series, "+
			"or use fewer combinations of source, metric and tags", r.seriesPerTenant)
	default:
		return "timestamp", r.timestamps.Explain(p.Timestamp, r.timestamps.Check(p.Timestamp))
	}
}

// textWords tells what is wrong with a source or with the value of a tag.
func textWords(text []byte, maxBytes int) string {
	switch {
	case len(text) == 0:
		return fmt.Sprintf("is empty; must have 1 to %d bytes", maxBytes)
	case len(text) > maxBytes:
		return fmt.Sprintf("has %d bytes; at most %d are accepted", len(text), maxBytes)
	case isText(text, maxBytes):
		return problem.Echo(string(text)) + " begins or ends with white space; trim it"
	default:
		return problem.Echo(string(text)) + " has control characters; leave them out"
	}
}

// nameWords tells what is wrong with the name of a metric or tag.
func nameWords(name []byte, maxBytes int) string {
	switch {
	case len(name) == 0:
		return fmt.Sprintf("has an empty name; it must have 1 to %d bytes", maxBytes)
	case len(name) > maxBytes:
		return fmt.Sprintf("has a name of %d bytes; at most %d are accepted", len(name), maxBytes)
	default:
		return "has characters in its name that are not accepted; it " + nameRule
	}
}

const nameRule = "begins with a letter or _ and goes on with letters, digits and _ . : / -"

func tagWords(tags []frame.Tag) (field, description string) {
	place, _ := tagFault(tags)
	tag := tags[place]
	field = entryField("tags", tag.Name)
	if !isName(tag.Name, maxTagNameBytes) {
		return field, nameWords(tag.Name, maxTagNameBytes)
	}
	return field, textWords(tag.Value, maxTagValueBytes)
}

func metricWords(metrics []frame.Metric) (field, description string) {
	place, reason := metricFault(metrics)
	metric := metrics[place]
	field = entryField("metrics", metric.Name)
	if reason == metricNameInvalid {
		return field, nameWords(metric.Name, maxMetricNameBytes)
	}
	what := "infinite"
	if math.IsNaN(metric.Value) {
		what = "not a number"
	}
	return field, "is " + what + "; leave out what was not measured"
}

func entryField(list string, name []byte) string {
	return list + "[" + problem.Echo(string(name)) + "]"
}
