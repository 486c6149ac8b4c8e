package core_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

const (
	fine                 = collectorv1.PointErrorReason_POINT_ERROR_REASON_UNSPECIFIED
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

var now = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// good is a point without a fault.
func good() *frame.Point {
	return &frame.Point{
		Source: []byte("src-1"), Timestamp: now.UnixNano(),
		Metrics: []frame.Metric{{Name: []byte("cpu"), Value: 1}},
		Tags:    []frame.Tag{{Name: []byte("host"), Value: []byte("a")}},
	}
}

func rules() core.Rules {
	limits := core.DefaultLimits()
	limits.Retention = func(tenant string) time.Duration {
		return map[string]time.Duration{"short": time.Hour, "longest": math.MaxInt64}[tenant]
	}
	return limits.Rules("acme", now)
}

func metrics(n int) []frame.Metric {
	all := make([]frame.Metric, n)
	for i := range all {
		all[i] = frame.Metric{Name: fmt.Appendf(nil, "m%d", i)}
	}
	return all
}

func tags(n int) []frame.Tag {
	all := make([]frame.Tag, n)
	for i := range all {
		all[i] = frame.Tag{Name: fmt.Appendf(nil, "t%d", i), Value: []byte("v")}
	}
	return all
}

// faults are points, each with the reason, field and description it is rejected
// with; of a point that is accepted the reason alone.
var faults = []struct {
	name               string
	change             func(p *frame.Point)
	reason             collectorv1.PointErrorReason
	field, description string
}{
	{name: "nothing", change: func(*frame.Point) {}, reason: fine},
	{"no source", source(""), sourceInvalid, "source", "is empty; must have 1 to 255 bytes"},
	{"shortest source", source("a"), fine, "", ""},
	{"longest source", source(strings.Repeat("s", 255)), fine, "", ""},
	{"longer source", source(strings.Repeat("s", 256)), sourceInvalid, "source", "has 256 bytes; at most 255 are accepted"},
	{"longest source in runes", source(strings.Repeat("ü", 127)), fine, "", ""},
	{"longer source in runes", source(strings.Repeat("ü", 128)), sourceInvalid, "source", "has 256 bytes"},
	{"white space inside", source("a b\u00a0c"), fine, "", ""},
	{"white space before", source(" a"), sourceInvalid, "source", `" a" begins or ends with white space; trim it`},
	{"white space after", source("a\u00a0"), sourceInvalid, "source", "begins or ends with white space"},
	{"control character", source("a\x1fb"), sourceInvalid, "source", `"a\x1fb" has control characters; leave them out`},
	{"delete", source("a\x7f"), sourceInvalid, "source", "has control characters"},
	{"control character of Latin-1", source("ü\u0085b"), sourceInvalid, "source", "has control characters"},
	{"first that is no control character", source("a\u00a1b"), fine, "", ""},
	{"line", source("a\nb"), sourceInvalid, "source", "has control characters"},

	{"no timestamp", timestamp(0), timestampInvalid, "timestamp", "is missing; give nanoseconds since 1970-01-01T00:00:00Z"},
	{"before 1970", timestamp(-1), timestampInvalid, "timestamp", "-1 is before 1970; give nanoseconds"},
	{"far before 1970", timestamp(math.MinInt64), timestampInvalid, "timestamp", "is before 1970"},
	{"in seconds before 1970", timestamp(-1_700_000_000), timestampInvalid, "timestamp", "-1700000000 is before 1970"},
	{"in no unit", timestamp(1), timestampInvalid, "timestamp", "1 is no time after 1973-03-03T09:46:40Z; give nanoseconds"},
	{"before seconds", timestamp(1e8 - 1), timestampInvalid, "timestamp", "99999999 is no time"},
	{"first second", timestamp(1e8), timestampUnit, "timestamp", "100000000 is in seconds; multiply by 1,000,000,000"},
	{"seconds", timestamp(1_700_000_000), timestampUnit, "timestamp", "1700000000 is in seconds; multiply by 1,000,000,000"},
	{"last second", timestamp(1e11 - 1), timestampUnit, "timestamp", "is in seconds;"},
	{"first millisecond", timestamp(1e11), timestampUnit, "timestamp", "100000000000 is in milliseconds; multiply by 1,000,000"},
	{"last millisecond", timestamp(1e14 - 1), timestampUnit, "timestamp", "is in milliseconds;"},
	{"first microsecond", timestamp(1e14), timestampUnit, "timestamp", "100000000000000 is in microseconds; multiply by 1,000"},
	{"last microsecond", timestamp(1e17 - 1), timestampUnit, "timestamp", "is in microseconds;"},
	{"first nanosecond", timestamp(1e17), fine, "", ""},
	{"10 minutes ahead", timestamp(now.Add(10 * time.Minute).UnixNano()), fine, "", ""},
	{"a nanosecond more", timestamp(now.Add(10*time.Minute).UnixNano() + 1), timestampInFuture, "timestamp",
		"2026-11-22T10:10:00.000000001Z is 10m0s ahead of the server's clock; at most 10m0s is accepted"},
	{"far ahead", timestamp(math.MaxInt64), timestampInFuture, "timestamp", "2262-04-11T23:47:16.854775807Z is 2063"},

	{"no tags", func(p *frame.Point) { p.Tags = nil }, fine, "", ""},
	{"32 tags", func(p *frame.Point) { p.Tags = tags(32) }, fine, "", ""},
	{"33 tags", func(p *frame.Point) { p.Tags = tags(33) }, tooManyTags, "tags", "has 33 tags; at most 32 are accepted"},
	{"33 bad tags", func(p *frame.Point) { p.Tags = make([]frame.Tag, 33) }, tooManyTags, "tags", "has 33 tags"},
	{"empty tag name", tag("", "v"), tagInvalid, `tags[""]`, "has an empty name; it must have 1 to 128 bytes"},
	{"longest tag name", tag(strings.Repeat("n", 128), "v"), fine, "", ""},
	{"longer tag name", tag(strings.Repeat("n", 129), "v"), tagInvalid, `tags["nnnnnn`, "has a name of 129 bytes; at most 128 are accepted"},
	{"tag name with a blank", tag("a b", "v"), tagInvalid, `tags["a b"]`,
		"has characters in its name that are not accepted; it begins with a letter or _ and goes on with letters, digits and _ . : / -"},
	{"tag name with every character", tag("_aZ09_.:/-", "v"), fine, "", ""},
	{"tag name that begins with a digit", tag("0a", "v"), tagInvalid, `tags["0a"]`, "begins with a letter"},
	{"tag name with a letter of another script", tag("ä", "v"), tagInvalid, `tags["ä"]`, "begins with a letter"},
	{"empty tag value", tag("host", ""), tagInvalid, `tags["host"]`, "is empty; must have 1 to 255 bytes"},
	{"longest tag value", tag("host", strings.Repeat("v", 255)), fine, "", ""},
	{"longer tag value", tag("host", strings.Repeat("v", 256)), tagInvalid, `tags["host"]`, "has 256 bytes; at most 255 are accepted"},
	{"tag value with control character", tag("host", "a\tb"), tagInvalid, `tags["host"]`, `"a\tb" has control characters`},
	{"tag value with white space", tag("host", " a "), fine, "", ""},
	{"second tag", func(p *frame.Point) {
		p.Tags = append(p.Tags, frame.Tag{Name: []byte("b"), Value: []byte("")})
	}, tagInvalid, `tags["b"]`, "is empty"},

	{"no metrics", func(p *frame.Point) { p.Metrics = nil }, metricsMissing, "metrics", "is empty; a point has at least one metric"},
	{"1000 metrics", func(p *frame.Point) { p.Metrics = metrics(1000) }, fine, "", ""},
	{"1001 metrics", func(p *frame.Point) { p.Metrics = metrics(1001) }, tooManyMetrics, "metrics", "has 1001 metrics; at most 1000 are accepted: split the point"},
	{"empty metric name", metricName(""), metricNameInvalid, `metrics[""]`, "has an empty name; it must have 1 to 255 bytes"},
	{"longest metric name", metricName(strings.Repeat("n", 255)), fine, "", ""},
	{"longer metric name", metricName(strings.Repeat("n", 256)), metricNameInvalid, `metrics["nnnnnn`, "has a name of 256 bytes; at most 255 are accepted"},
	{"metric name with every character", metricName("zA9_.:/-"), fine, "", ""},
	{"metric name that begins with a dot", metricName(".a"), metricNameInvalid, `metrics[".a"]`, "begins with a letter or _"},
	{"metric name with a control character", metricName("a\x00"), metricNameInvalid, `metrics["a\x00"]`, "has characters in its name"},
	{"NaN", metricValue(math.NaN()), metricValueNotFinite, `metrics["cpu"]`, "is not a number; leave out what was not measured"},
	{"infinity", metricValue(math.Inf(1)), metricValueNotFinite, `metrics["cpu"]`, "is infinite; leave out"},
	{"negative infinity", metricValue(math.Inf(-1)), metricValueNotFinite, `metrics["cpu"]`, "is infinite; leave out"},
	{"largest", metricValue(math.MaxFloat64), fine, "", ""},
	{"smallest", metricValue(-math.MaxFloat64), fine, "", ""},
	{"nothing but a sign", metricValue(math.Copysign(0, -1)), fine, "", ""},
	{"second metric", func(p *frame.Point) {
		p.Metrics = append(p.Metrics, frame.Metric{Name: []byte("mem"), Value: math.NaN()})
	}, metricValueNotFinite, `metrics["mem"]`, "is not a number"},

	{"everything", func(p *frame.Point) { *p = frame.Point{Tags: make([]frame.Tag, 1)} }, sourceInvalid, "source", "is empty"},
	{"everything but the source", func(p *frame.Point) {
		*p = frame.Point{Source: p.Source, Tags: make([]frame.Tag, 1)}
	}, timestampInvalid, "timestamp", "is missing"},
	{"tags and metrics", func(p *frame.Point) { p.Tags, p.Metrics = make([]frame.Tag, 1), nil }, tagInvalid, `tags[""]`, "has an empty name"},
}

func source(s string) func(*frame.Point) {
	return func(p *frame.Point) { p.Source = []byte(s) }
}

func timestamp(v int64) func(*frame.Point) {
	return func(p *frame.Point) { p.Timestamp = v }
}

func tag(name, value string) func(*frame.Point) {
	return func(p *frame.Point) { p.Tags[0] = frame.Tag{Name: []byte(name), Value: []byte(value)} }
}

func metricName(name string) func(*frame.Point) {
	return func(p *frame.Point) { p.Metrics[0].Name = []byte(name) }
}

func metricValue(value float64) func(*frame.Point) {
	return func(p *frame.Point) { p.Metrics[0].Value = value }
}

func TestEachFaultHasItsReasonAndWords(t *testing.T) {
	for _, tt := range faults {
		t.Run(tt.name, func(t *testing.T) {
			r, p := rules(), good()
			tt.change(p)
			reason := r.Check(p)
			require.Equal(t, tt.reason, reason)
			if reason == fine {
				return
			}
			rejection := r.Explain(7, p, reason)
			require.Equal(t, 7, rejection.Index)
			require.Equal(t, tt.reason, rejection.Reason)
			require.True(t, rejection.Field == tt.field || len(tt.field) > 8 && strings.HasPrefix(rejection.Field, tt.field), rejection.Field)
			require.Contains(t, rejection.Description, tt.description)
			require.Less(t, len(rejection.Field), 300)
			require.Less(t, len(rejection.Description), 300)
		})
	}
}

func TestEveryReasonIsTested(t *testing.T) {
	tested := map[collectorv1.PointErrorReason]bool{seriesLimit: true, timestampTooOld: true, permissionDenied: true}
	for _, tt := range faults {
		tested[tt.reason] = true
	}
	for number := range collectorv1.PointErrorReason_name {
		require.True(t, tested[collectorv1.PointErrorReason(number)], collectorv1.PointErrorReason(number))
	}
}

func TestRetentionRefusesOldTimestamps(t *testing.T) {
	limits := core.DefaultLimits()
	limits.Retention = func(tenant string) time.Duration {
		return map[string]time.Duration{"short": time.Hour, "longest": math.MaxInt64}[tenant]
	}
	edge := now.Add(-time.Hour).UnixNano()
	for _, tt := range []struct {
		tenant    string
		timestamp int64
		want      collectorv1.PointErrorReason
	}{
		{"short", edge, fine},
		{"short", edge - 1, timestampTooOld},
		{"short", 1e17, timestampTooOld},
		{"short", 1e17 - 1, timestampUnit},
		{"short", 0, timestampInvalid},
		{"unlimited", 1e17, fine},
		{"longest", 1e17, fine},
	} {
		r, p := limits.Rules(tt.tenant, now), good()
		p.Timestamp = tt.timestamp
		require.Equal(t, tt.want, r.Check(p), "%s: %d", tt.tenant, tt.timestamp)
	}
	r, p := limits.Rules("short", now), good()
	p.Timestamp = edge - 1
	require.Equal(t, core.Rejection{
		Index: 3, Field: "timestamp", Reason: timestampTooOld,
		Description: "2026-11-22T08:59:59.999999999Z is older than the retention of 1h0m0s",
	}, r.Explain(3, p, timestampTooOld))
}

func TestTheLimitOfSeriesIsExplained(t *testing.T) {
	r := rules()
	rejection := r.Explain(1, good(), seriesLimit)
	require.Equal(t, "metrics", rejection.Field)
	require.Contains(t, rejection.Description, "beyond the limit of 1000000")
	require.Equal(t, &collectorv1.PointError{
		Sequence: 9, Index: 1, Field: "metrics", Reason: seriesLimit, Description: rejection.Description,
	}, rejection.Proto(9))
}

func TestCheckingAllocatesNothing(t *testing.T) {
	p := good()
	p.Source = []byte("größe")
	p.Metrics = metrics(10)
	r := rules()
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if r.Check(p) != fine {
			t.Error("rejected")
		}
	}))
}

func BenchmarkCheck(b *testing.B) {
	p := good()
	p.Tags = nil
	p.Metrics = metrics(10)
	r := rules()
	b.ReportAllocs()
	for b.Loop() {
		if r.Check(p) != fine {
			b.Fatal("rejected")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10, "ns/sample")
}
