package tests

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/client"
)

func TestDataCollection(t *testing.T) {
	s := startCollector(t)
	t.Run("Batch_data_points", func(t *testing.T) { testBatchDataPoints(t, s) })
	t.Run("Real_time_streaming", func(t *testing.T) { testRealTimeStreaming(t, s) })
}

func testBatchDataPoints(t *testing.T, s *collector) {
	t.Helper()
	t.Run("frame_by_frame", func(t *testing.T) { testBatchFrameByFrame(t, s) })
	t.Run("with_the_SDK", func(t *testing.T) { testBatchWithSDK(t, s) })
}

// The batch: points in frames, of which some are rejected.
const (
	batchPoints = 10_000
	batchFrame  = 100
	batchEvery  = 60 // one of so many points has a fault
)

// makeBatch makes the points of a batch, whose sources begin with a prefix, and
// what should be stored of them. A few points repeat an earlier one's series and
// timestamp with another value.
func makeBatch(prefix string, seed uint64) (points []sentPoint, want stored) {
	random := rand.New(rand.NewPCG(seed, 0))
	begin := time.Now().Add(-2 * time.Hour).Truncate(time.Second).UnixNano()
	spoilers := faults()
	want = stored{}
	for i := range batchPoints {
		place := int64(i)
		if i > 0 && random.IntN(100) == 0 {
			place = random.Int64N(place) / 20 * 20 // of source 0, which has the same tags each time
		}
		point := sentPoint{DataPoint: batchPoint(prefix, place, begin, random)}
		if i%batchEvery == batchEvery-1 {
			point.fault = &spoilers[i/batchEvery%len(spoilers)]
			point.fault.spoil(point.DataPoint)
		} else {
			want.take(point.DataPoint)
		}
		points = append(points, point)
	}
	return points, want
}

func batchPoint(prefix string, place, begin int64, random *rand.Rand) *collectorv1.DataPoint {
	point := &collectorv1.DataPoint{
		Source:    fmt.Sprintf("%s-%02d", prefix, place%20),
		Timestamp: begin + place/20*int64(10*time.Second) + place%20,
		Metrics:   map[string]float64{"temperature": math.Round(random.Float64()*10_000) / 100},
	}
	if place%3 == 0 {
		point.Metrics["humidity"] = random.NormFloat64()
	}
	if place%20 != 0 {
		point.Tags = map[string]string{"room": fmt.Sprintf("r%d", place%4), "floor": "größer"}
	}
	return point
}

func testBatchFrameByFrame(t *testing.T, s *collector) {
	t.Helper()
	ctx := bounded(t)
	const prefix = "raw"
	id := uuid.NewString()
	points, want := makeBatch(prefix, 1)
	stream, hello := s.mustOpen(ctx, t, producer(id, 7))
	require.Equal(t, id, hello.GetWorkId())
	require.Equal(t, int64(1), hello.GetNext())
	require.Equal(t, int32(10_000), hello.GetMaxFrameItems())
	told := newTally()
	for i := 0; i < len(points); i += batchFrame {
		sequence, frame := int64(i/batchFrame+1), points[i:i+batchFrame]
		require.NoError(t, stream.send(numberedFrame(sequence, dataPoints(frame)...)))
		told.take(sequence, frame)
	}
	receipt, err := stream.finish()
	require.NoError(t, err)

	const frames = batchPoints / batchFrame
	told.requireReceipt(t, receipt)
	require.Equal(t, id, receipt.GetProducerId())
	require.Equal(t, int64(frames), receipt.GetPosition().GetDurable())
	require.Equal(t, int64(7), receipt.GetEpochTotals().GetEpoch())
	require.Equal(t, receipt.GetSuccessfulCount(), receipt.GetEpochTotals().GetSuccessfulCount())
	require.Equal(t, receipt.GetErrorCount(), receipt.GetEpochTotals().GetErrorCount())
	requireErrorCounts(t, receipt.GetErrorCounts(), receipt.GetEpochTotals().GetErrorCounts())
	s.requirePosition(ctx, t, id, frames)
	s.requireBatch(ctx, t, prefix, want, waitFor(id, frames))
	require.Equal(t, int64(frames), s.mustPosition(ctx, t, id).GetApplied())
}

func testBatchWithSDK(t *testing.T, s *collector) {
	t.Helper()
	ctx := bounded(t)
	const prefix = "sdk"
	id := uuid.NewString()
	points, want := makeBatch(prefix, 2)
	told := newTally()
	for i := 0; i < len(points); i += batchFrame {
		told.take(int64(i/batchFrame+1), points[i:i+batchFrame])
	}
	result, err := s.sdk(t).SendDataPoints(ctx, channelOf(dataPoints(points)),
		client.WithProducer(id, 0), client.WithBatchSize(batchFrame))
	require.NoError(t, err)
	rejected, counts := errorCounts(told.rejected)
	require.Equal(t, int64(batchPoints), result.TotalProcessed)
	require.Equal(t, told.successful, result.Successful)
	require.Equal(t, rejected, result.Errors)
	require.Zero(t, result.Duplicates)
	require.Len(t, result.ByReason, len(counts))
	require.Len(t, result.PointErrors, maxListedErrors)
	for i, one := range result.PointErrors {
		spoiled := int64(batchEvery*(i+1) - 1)
		require.Equal(t, spoiled, one.Point, "the first rejected points, in their order")
		require.Equal(t, told.listed[i].GetField(), one.Field)
	}
	require.Equal(t, result.Frames, result.Position.Durable)
	s.requireBatch(ctx, t, prefix, want, waitFor(id, result.Frames))
}

func dataPoints(points []sentPoint) []*collectorv1.DataPoint {
	bare := make([]*collectorv1.DataPoint, len(points))
	for i := range points {
		bare[i] = points[i].DataPoint
	}
	return bare
}

// channelOf has all points and is closed.
func channelOf(points []*collectorv1.DataPoint) <-chan *client.DataPoint {
	c := make(chan *client.DataPoint, len(points))
	for _, point := range points {
		c <- point
	}
	close(c)
	return c
}

// requireBatch wants the sources with the prefix to hold exactly a batch, in
// whatever way it is asked for.
func (p pointsPeer) requireBatch(ctx context.Context, t *testing.T, prefix string, want stored, wait *queryv1.WaitFor) {
	t.Helper()
	all := selection{matchers: []*collectorv1.SeriesMatcher{
		sourceMatcher(queryv1.MatchOperator_MATCH_OPERATOR_REGEX, prefix+"-.*"),
	}}
	p.requireQueried(ctx, t, want, all, wait)
	p.requireBuckets(ctx, t, want, all, 10*time.Minute)
	p.requireStatistics(ctx, t, want, all, grouping{})
	p.requireStatistics(ctx, t, want, all, grouping{source: true, metric: true})
	p.requireStatistics(ctx, t, want, all, grouping{tags: []string{"room"}, bucket: 30 * time.Minute})
	p.requireSeries(ctx, t, want, all)
	p.requireQueried(ctx, t, want, someOf(prefix, want), nil)
	p.requireFirst(ctx, t, want, all, 1234)
}

// requireFirst wants a query with a limit to find the first samples.
func (p pointsPeer) requireFirst(ctx context.Context, t *testing.T, want stored, x selection, limit int64) {
	t.Helper()
	request := x.request()
	request.Limit = limit
	got, err := p.query(ctx, request)
	require.NoError(t, err)
	require.Equal(t, limit, got.count())
	require.Empty(t, first(got.without(want)))
	var last int64
	for _, series := range got {
		last = max(last, slices.Max(slices.Collect(maps.Keys(series))))
	}
	require.Empty(t, first(want.selected(selection{end: new(last)}).without(got)), "all before the last one are there")
}

// someOf selects some series and a part of their time.
func someOf(prefix string, want stored) selection {
	var from, to int64 = math.MaxInt64, 0
	for _, series := range want {
		for timestamp := range series {
			from, to = min(from, timestamp), max(to, timestamp)
		}
	}
	quarter := (to - from) / 4
	return selection{
		start: new(from + quarter), end: new(to - quarter),
		matchers: []*collectorv1.SeriesMatcher{
			sourceMatcher(queryv1.MatchOperator_MATCH_OPERATOR_REGEX, prefix+"-0[0-5]"),
			sourceMatcher(queryv1.MatchOperator_MATCH_OPERATOR_NOT_EQUAL, prefix+"-03"),
			{
				Target: collectorv1.SeriesTarget_SERIES_TARGET_METRIC, Value: "temp.*",
				Operator: queryv1.MatchOperator_MATCH_OPERATOR_REGEX,
			},
			{
				Target: collectorv1.SeriesTarget_SERIES_TARGET_TAG, Tag: "room", Value: "r1|r2",
				Operator: queryv1.MatchOperator_MATCH_OPERATOR_NOT_REGEX,
			},
		},
		matches: func(name seriesName) bool {
			return name.source >= prefix+"-00" && name.source <= prefix+"-05" && name.source != prefix+"-03" &&
				name.metric == "temperature" && name.tag("room") != "r1" && name.tag("room") != "r2"
		},
	}
}
