package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
)

// epoch is where the timestamps of the tests begin: a multiple of a second.
const epoch = int64(1_700_000_000_000_000_000)

// at is the timestamp d after epoch.
func at(d time.Duration) int64 { return epoch + d.Nanoseconds() }

// sample is a point of one metric. The tags are names and values in turn.
func sample(source string, timestamp int64, metric string, value float64, tags ...string) *collectorv1.DataPoint {
	p := &collectorv1.DataPoint{Source: source, Timestamp: timestamp, Metrics: map[string]float64{metric: value}}
	for i := 0; i < len(tags); i += 2 {
		if p.Tags == nil {
			p.Tags = map[string]string{}
		}
		p.Tags[tags[i]] = tags[i+1]
	}
	return p
}

// framePoints keeps a frame of points with the longest names below messageLimit.
const framePoints = 300

// stored sends points under a new producer and returns when they are durable.
// It returns what a query waits for to see them.
func (h *harness) stored(ctx context.Context, t testing.TB, points ...*collectorv1.DataPoint) *queryv1.WaitFor {
	t.Helper()
	stream, err := h.points.CollectDataPoints(ctx)
	require.NoError(t, err)
	wait := &queryv1.WaitFor{ProducerId: uuid.NewString()}
	for frame := range slices.Chunk(points, framePoints) {
		wait.Sequence++
		require.NoError(t, stream.Send(&collectorv1.CollectDataPointsRequest{
			ProducerId: wait.GetProducerId(), Sequence: wait.GetSequence(), Points: frame,
		}))
	}
	receipt, err := stream.CloseAndRecv()
	require.NoError(t, err)
	require.Equal(t, int64(len(points)), receipt.GetSuccessfulCount(), "%v", receipt.GetErrors())
	return wait
}

// found is the answer to a query.
type found struct {
	series map[int64]*collectorv1.Series
	parts  []*collectorv1.QueryDataPointsResponse
}

// query asks, and checks what holds for every answer.
func (h *harness) query(ctx context.Context, t testing.TB, request *collectorv1.QueryDataPointsRequest) (*found, error) {
	t.Helper()
	stream, err := h.points.QueryDataPoints(ctx, request)
	require.NoError(t, err)
	f := &found{series: map[int64]*collectorv1.Series{}}
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			f.requireOrder(t)
			return f, nil
		}
		if err != nil {
			return f, err
		}
		f.add(t, part)
	}
}

func (f *found) add(t testing.TB, part *collectorv1.QueryDataPointsResponse) {
	t.Helper()
	require.Less(t, proto.Size(part), 1<<20)
	require.Len(t, part.GetTimestamps(), len(part.GetSeriesIds()))
	require.Len(t, part.GetValues(), len(part.GetSeriesIds()))
	for _, s := range part.GetSeries() {
		require.NotContains(t, f.series, s.GetSeriesId(), "a series is defined once")
		f.series[s.GetSeriesId()] = s
	}
	for _, id := range part.GetSeriesIds() {
		require.Contains(t, f.series, id, "a series is defined before its first sample")
	}
	for _, b := range part.GetBuckets() {
		require.Contains(t, f.series, b.GetSeriesId(), "a series is defined before its first bucket")
	}
	f.parts = append(f.parts, part)
}

// requireOrder requires ascending order of time and series.
func (f *found) requireOrder(t testing.TB) {
	t.Helper()
	var lastTime, lastSeries int64
	for time, series := range f.places() {
		require.True(t, time > lastTime || time == lastTime && series > lastSeries,
			"series %d at %d after series %d at %d", series, time, lastSeries, lastTime)
		lastTime, lastSeries = time, series
	}
}

func (f *found) places() func(yield func(time, series int64) bool) {
	return func(yield func(time, series int64) bool) {
		for _, part := range f.parts {
			for i, id := range part.GetSeriesIds() {
				if !yield(part.GetTimestamps()[i], id) {
					return
				}
			}
			for _, b := range part.GetBuckets() {
				if !yield(b.GetStartTime(), b.GetSeriesId()) {
					return
				}
			}
		}
	}
}

// lines are the samples or buckets as text, in the answer's order.
func (f *found) lines() []string {
	lines := []string{}
	for _, part := range f.parts {
		for i, id := range part.GetSeriesIds() {
			lines = append(lines, fmt.Sprintf("%s %v %v", name(f.series[id]), since(part.GetTimestamps()[i]), part.GetValues()[i]))
		}
		for _, b := range part.GetBuckets() {
			lines = append(lines, fmt.Sprintf("%s %v count %d min %v max %v mean %v first %v last %v", name(f.series[b.GetSeriesId()]),
				since(b.GetStartTime()), b.GetCount(), b.GetMin(), b.GetMax(), b.GetMean(), b.GetFirst(), b.GetLast()))
		}
	}
	return lines
}

func (f *found) count() int {
	n := 0
	for range f.places() {
		n++
	}
	return n
}

// since is a timestamp as the time since epoch.
func since(timestamp int64) time.Duration { return time.Duration(timestamp - epoch) }

// name is a series as text, such as `a/cpu{dc=x}`.
func name(s *collectorv1.Series) string {
	return s.GetSource() + "/" + s.GetMetric() + tagText(s.GetTags())
}

func tagText(tags map[string]string) string {
	if len(tags) == 0 {
		return ""
	}
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		pairs = append(pairs, key+"="+tags[key])
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

func match(target collectorv1.SeriesTarget, operator queryv1.MatchOperator, value string) *collectorv1.SeriesMatcher {
	return &collectorv1.SeriesMatcher{Target: target, Operator: operator, Value: value}
}

func source(value string) *collectorv1.SeriesMatcher {
	return match(collectorv1.SeriesTarget_SERIES_TARGET_SOURCE, queryv1.MatchOperator_MATCH_OPERATOR_EQUAL, value)
}

func metricLike(pattern string) *collectorv1.SeriesMatcher {
	return match(collectorv1.SeriesTarget_SERIES_TARGET_METRIC, queryv1.MatchOperator_MATCH_OPERATOR_REGEX, pattern)
}

func matchers(m ...*collectorv1.SeriesMatcher) []*collectorv1.SeriesMatcher { return m }
