package core

import (
	"math"
	"time"
	"unicode"
	"unicode/utf8"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/timestamp"
	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

// Rules are what a point of a tenant has to keep at one moment. Make them anew
// for every frame.
type Rules struct {
	timestamps      timestamp.Rules
	seriesPerTenant int
	// sources are those that the stream's principal is granted.
	sources principal.Patterns
}

// Rules returns what the tenant's points have to keep now.
func (l *Limits) Rules(tenant string, now time.Time) Rules {
	var retention time.Duration
	if l.Retention != nil {
		retention = l.Retention(tenant)
	}
	return Rules{timestamps: timestamp.NewRules(now, retention), seriesPerTenant: l.SeriesPerTenant}
}

// The reasons, in short.
const (
	noReason             = collectorv1.PointErrorReason_POINT_ERROR_REASON_UNSPECIFIED
	sourceInvalid        = collectorv1.PointErrorReason_POINT_ERROR_REASON_SOURCE_INVALID
	timestampInvalid     = collectorv1.PointErrorReason_POINT_ERROR_REASON_TIMESTAMP_INVALID
	timestampUnit        = collectorv1.PointErrorReason_POINT_ERROR_REASON_TIMESTAMP_UNIT
	timestampTooOld      = collectorv1.PointErrorReason_POINT_ERROR_REASON_TIMESTAMP_TOO_OLD
	timestampInFuture    = collectorv1.PointErrorReason_POINT_ERROR_REASON_TIMESTAMP_IN_FUTURE
	tagInvalid           = collectorv1.PointErrorReason_POINT_ERROR_REASON_TAG_INVALID
	tooManyTags          = collectorv1.PointErrorReason_POINT_ERROR_REASON_TOO_MANY_TAGS
	metricsMissing       = collectorv1.PointErrorReason_POINT_ERROR_REASON_METRICS_MISSING
	tooManyMetrics       = collectorv1.PointErrorReason_POINT_ERROR_REASON_TOO_MANY_METRICS
	metricNameInvalid    = collectorv1.PointErrorReason_POINT_ERROR_REASON_METRIC_NAME_INVALID
	metricValueNotFinite = collectorv1.PointErrorReason_POINT_ERROR_REASON_METRIC_VALUE_NOT_FINITE
	seriesLimit          = collectorv1.PointErrorReason_POINT_ERROR_REASON_SERIES_LIMIT
	permissionDenied     = collectorv1.PointErrorReason_POINT_ERROR_REASON_PERMISSION_DENIED
)

// Check returns the first fault of a point in the order source, grants,
// timestamp, tags, metrics, or UNSPECIFIED for one without a fault. The limit of series is for
// [Index.Resolve] to check.
func (r *Rules) Check(p *frame.Point) collectorv1.PointErrorReason {
	if !isText(p.Source, maxSourceBytes) || endsInSpace(p.Source) {
		return sourceInvalid
	}
	if !r.sources.AllowBytes(p.Source) {
		return permissionDenied
	}
	if fault := r.timestamps.Check(p.Timestamp); fault != timestamp.None {
		return timestampReason(fault)
	}
	if _, reason := tagFault(p.Tags); reason != noReason {
		return reason
	}
	_, reason := metricFault(p.Metrics)
	return reason
}

func timestampReason(fault timestamp.Fault) collectorv1.PointErrorReason {
	switch fault {
	case timestamp.Unit:
		return timestampUnit
	case timestamp.TooOld:
		return timestampTooOld
	case timestamp.InFuture:
		return timestampInFuture
	default:
		return timestampInvalid
	}
}

// tagFault returns the first fault of the tags and the place of the tag.
func tagFault(tags []frame.Tag) (int, collectorv1.PointErrorReason) {
	if len(tags) > maxTags {
		return 0, tooManyTags
	}
	for i := range tags {
		if !isName(tags[i].Name, maxTagNameBytes) || !isText(tags[i].Value, maxTagValueBytes) {
			return i, tagInvalid
		}
	}
	return 0, noReason
}

// metricFault returns the first fault of the metrics and the place of the
// metric.
func metricFault(metrics []frame.Metric) (int, collectorv1.PointErrorReason) {
	switch {
	case len(metrics) == 0:
		return 0, metricsMissing
	case len(metrics) > maxMetrics:
		return 0, tooManyMetrics
	}
	for i := range metrics {
		if !isName(metrics[i].Name, maxMetricNameBytes) {
			return i, metricNameInvalid
		}
		if !isFinite(metrics[i].Value) {
			return i, metricValueNotFinite
		}
	}
	return 0, noReason
}

// isFinite is false for NaN and infinities, whose exponents are all ones.
func isFinite(value float64) bool {
	const exponent = 0x7ff << 52
	return math.Float64bits(value)&exponent != exponent
}

// isName reports whether the bytes are the name of a metric or tag.
func isName(name []byte, maxBytes int) bool {
	if len(name) == 0 || len(name) > maxBytes || nameBytes[name[0]] != begins {
		return false
	}
	for _, b := range name {
		if nameBytes[b] == 0 {
			return false
		}
	}
	return true
}

// Where a byte may stand in a name.
const (
	goesOn = 1
	begins = 2
)

var nameBytes = func() (table [256]byte) {
	for _, b := range []byte("0123456789.:/-") {
		table[b] = goesOn
	}
	for _, b := range []byte("_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		table[b] = begins
	}
	return table
}()

// isText reports whether UTF-8 text is neither empty nor too long nor has
// control characters.
func isText(text []byte, maxBytes int) bool {
	if len(text) == 0 || len(text) > maxBytes {
		return false
	}
	for i, b := range text {
		if b >= utf8.RuneSelf {
			return !hasControl(text[i:])
		}
		if b < ' ' || b == 0x7f {
			return false
		}
	}
	return true
}

func hasControl(text []byte) bool {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if unicode.IsControl(r) {
			return true
		}
		text = text[size:]
	}
	return false
}

func endsInSpace(text []byte) bool {
	first, _ := utf8.DecodeRune(text)
	last, _ := utf8.DecodeLastRune(text)
	return unicode.IsSpace(first) || unicode.IsSpace(last)
}
