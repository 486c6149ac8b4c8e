package api_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/testkit/rpctest"
)

func TestStatisticsAreOfEachGroupAndBucket(t *testing.T) {
	h := newHarness(t)
	wait := h.stored(t.Context(), t, someMinutes()...)
	minute := time.Minute.Nanoseconds()
	for _, c := range []struct {
		request *collectorv1.GetStatisticsRequest
		want    []string
	}{
		{&collectorv1.GetStatisticsRequest{}, []string{"/ count 7 mean 24.142857"}},
		{&collectorv1.GetStatisticsRequest{BySource: true}, []string{"a/ count 4 mean 27.25", "b/ count 3 mean 20"}},
		{&collectorv1.GetStatisticsRequest{ByMetric: true}, []string{"/cpu count 6 mean 11.5", "/mem count 1 mean 100"}},
		{
			&collectorv1.GetStatisticsRequest{BySource: true, ByMetric: true},
			[]string{"a/cpu count 3 mean 3", "a/mem count 1 mean 100", "b/cpu count 3 mean 20"},
		},
		{&collectorv1.GetStatisticsRequest{ByTags: []string{"dc"}}, []string{"/{dc=} count 3 mean 20", "/{dc=x} count 4 mean 27.25"}},
		{&collectorv1.GetStatisticsRequest{BySource: true, BucketDuration: minute, Matchers: matchers(metricLike("cpu"))}, []string{
			"a/ -20s count 2 mean 2", "a/ 40s count 1 mean 5", "b/ -20s count 1 mean 10", "b/ 40s count 2 mean 25",
		}},
		{
			&collectorv1.GetStatisticsRequest{StartTime: new(at(20 * time.Second)), EndTime: new(at(60 * time.Second))},
			[]string{"/ count 3 mean 41"},
		},
		{&collectorv1.GetStatisticsRequest{Matchers: matchers(source("c"))}, nil},
		{&collectorv1.GetStatisticsRequest{EndTime: new(epoch)}, nil},
	} {
		c.request.WaitFor = wait
		got, err := h.points.GetStatistics(t.Context(), c.request)
		require.NoError(t, err, "%v", c.request)
		var lines []string
		for _, s := range got.GetStatistics() {
			lines = append(lines, statisticsLine(s))
		}
		require.Equal(t, c.want, lines, "%v", c.request)
	}
}

// statisticsLine is a row as text, such as `a/cpu{dc=x} 20s count 3 mean 2.5`.
func statisticsLine(s *collectorv1.Statistics) string {
	group := s.GetSource() + "/" + s.GetMetric() + tagText(s.GetTags())
	if s.GetBucketStart() != 0 {
		group += " " + since(s.GetBucketStart()).String()
	}
	return fmt.Sprintf("%s count %d mean %.8g", group, s.GetCount(), s.GetMean())
}

func TestARowOfStatisticsHasAllThatIsDocumented(t *testing.T) {
	h := newHarness(t)
	var points []*collectorv1.DataPoint
	for i := range 101 {
		points = append(points, sample("a", at(time.Duration(i)*time.Second), "cpu", float64(i)))
	}
	got, err := h.points.GetStatistics(t.Context(), &collectorv1.GetStatisticsRequest{WaitFor: h.stored(t.Context(), t, points...)})
	require.NoError(t, err)
	require.Len(t, got.GetStatistics(), 1)
	s := got.GetStatistics()[0]
	require.Equal(t, int64(101), s.GetCount())
	for what, c := range map[string]struct{ want, got float64 }{
		"min":                {0, s.GetMin()},
		"max":                {100, s.GetMax()},
		"mean":               {50, s.GetMean()},
		"standard deviation": {math.Sqrt(850), s.GetStandardDeviation()},
		"p50":                {50, s.GetP50()},
		"p90":                {90, s.GetP90()},
		"p95":                {95, s.GetP95()},
		"p99":                {99, s.GetP99()},
		"rate":               {1, s.GetRate()},
	} {
		require.InDelta(t, c.want, c.got, 1e-9, what)
	}
	require.Equal(t, at(0), s.GetFirstTimestamp())
	require.Equal(t, at(100*time.Second), s.GetLastTimestamp())
	require.Zero(t, s.GetBucketStart())
}

func TestStatisticsThatAreTooLargeAreRefused(t *testing.T) {
	h := newHarness(t)
	var points []*collectorv1.DataPoint
	for i := range 10_001 {
		points = append(points, sample("many", at(time.Duration(i)*time.Millisecond), "rows", 1))
	}
	// These are fewer rows, with long names.
	for i := range 2_000 {
		points = append(points, sample(fmt.Sprintf("%04d%s", i, strings.Repeat("s", 251)), epoch, strings.Repeat("m", 255), 1,
			strings.Repeat("t", 128), strings.Repeat("v", 255), "u", strings.Repeat("v", 255), "w", strings.Repeat("v", 255),
			"x", strings.Repeat("v", 255), "y", strings.Repeat("v", 255), "z", strings.Repeat("v", 255), "zz", strings.Repeat("v", 255)))
	}
	wait := h.stored(t.Context(), t, points...)
	tooLarge := rpctest.Refusal{Code: codes.ResourceExhausted, Reason: "QUERY_TOO_LARGE"}
	rows := &collectorv1.GetStatisticsRequest{WaitFor: wait, Matchers: matchers(source("many")), BucketDuration: time.Millisecond.Nanoseconds()}
	_, err := h.points.GetStatistics(t.Context(), rows)
	require.Equal(t, tooLarge, rpctest.RefusalOf(t, err))
	rows.EndTime = new(at(10_000 * time.Millisecond))
	got, err := h.points.GetStatistics(t.Context(), rows)
	require.NoError(t, err)
	require.Len(t, got.GetStatistics(), 10_000)

	long := &collectorv1.GetStatisticsRequest{
		BySource: true, ByMetric: true, ByTags: []string{strings.Repeat("t", 128), "u", "w", "x", "y", "z", "zz"},
	}
	_, err = h.points.GetStatistics(t.Context(), long)
	require.Equal(t, tooLarge, rpctest.RefusalOf(t, err))
	long.ByTags = nil
	got, err = h.points.GetStatistics(t.Context(), long)
	require.NoError(t, err)
	require.Len(t, got.GetStatistics(), 2_001)
}

func TestStatisticsThatCannotBe(t *testing.T) {
	h := newHarness(t)
	nine := strings.Split("a b c d e f g h i", " ")
	for _, c := range []struct {
		request *collectorv1.GetStatisticsRequest
		field   string
	}{
		{&collectorv1.GetStatisticsRequest{Matchers: matchers(source("a"), metricLike("("))}, "matchers[1].value"},
		{&collectorv1.GetStatisticsRequest{StartTime: new(epoch), EndTime: new(epoch - 1)}, "end_time"},
		{&collectorv1.GetStatisticsRequest{BucketDuration: 1}, "bucket_duration"},
		{&collectorv1.GetStatisticsRequest{ByTags: nine}, "by_tags"},
		{&collectorv1.GetStatisticsRequest{ByTags: []string{"a", "a b"}}, "by_tags[1]"},
		{&collectorv1.GetStatisticsRequest{WaitFor: &queryv1.WaitFor{Sequence: 1}}, "wait_for.producer_id"},
	} {
		_, err := h.points.GetStatistics(t.Context(), c.request)
		require.Equal(t, rpctest.Refusal{Code: codes.InvalidArgument, Reason: "FIELD_INVALID", Field: c.field}, rpctest.RefusalOf(t, err), "%v", c.request)
	}
}
