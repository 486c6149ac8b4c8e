package client

import (
	"math"
	"slices"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// The messages of the collector's streams.
type (
	pointFrame   = collectorv1.CollectDataPointsRequest
	pointReceipt = collectorv1.CollectDataPointsResponse
)

// fakeCollector is a collector in memory.
type fakeCollector struct {
	collectorv1.UnimplementedDataCollectionServiceServer
	*fakeIntake[*pointFrame, *pointReceipt]

	// query answers QueryDataPoints.
	query func(stream grpc.ServerStreamingServer[collectorv1.QueryDataPointsResponse]) error
}

func newFakeCollector() *fakeCollector {
	return &fakeCollector{fakeIntake: newFakeIntake(fakeKind[*pointFrame, *pointReceipt]{
		items:   func(m *pointFrame) int { return len(m.GetPoints()) },
		receipt: fakePointReceipt,
		watch: func(p *streamv1.ProducerPosition) proto.Message {
			return &collectorv1.WatchPositionResponse{Position: p}
		},
	})}
}

// serve returns a client of the server over bufconn. Both end with the returned
// function, which must be called inside the test's bubble.
func (f *fakeCollector) serve(t testing.TB, opts ...Option) (*StreamingClient, func()) {
	t.Helper()
	return f.fakeIntake.serve(t, func(s *grpc.Server) { collectorv1.RegisterDataCollectionServiceServer(s, f) }, opts...)
}

// stored returns the accepted points of all producers' durable frames, in order
// for each.
func (f *fakeCollector) stored() []*DataPoint {
	var points []*DataPoint
	for _, m := range f.durable() {
		accepted, _ := judgePoints(m)
		points = append(points, accepted...)
	}
	return points
}

func (f *fakeCollector) CollectDataPoints(stream collectStream) error {
	return f.collect(stream)
}

func (f *fakeCollector) WatchPosition(
	r *collectorv1.WatchPositionRequest, stream grpc.ServerStreamingServer[collectorv1.WatchPositionResponse],
) error {
	return f.watch(r.GetProducerId(), stream)
}

func (f *fakeCollector) QueryDataPoints(
	_ *collectorv1.QueryDataPointsRequest, stream grpc.ServerStreamingServer[collectorv1.QueryDataPointsResponse],
) error {
	return f.query(stream)
}

type collectStream = grpc.ClientStreamingServer[pointFrame, pointReceipt]

// judgePoints rejects points without a source and those whose values are not
// finite.
func judgePoints(m *pointFrame) (accepted []*DataPoint, rejected []*collectorv1.PointError) {
	for i, point := range m.GetPoints() {
		reason := collectorv1.PointErrorReason_POINT_ERROR_REASON_UNSPECIFIED
		if point.GetSource() == "" {
			reason = collectorv1.PointErrorReason_POINT_ERROR_REASON_SOURCE_INVALID
		}
		for _, value := range point.GetMetrics() {
			if math.IsNaN(value) && reason == 0 {
				reason = collectorv1.PointErrorReason_POINT_ERROR_REASON_METRIC_VALUE_NOT_FINITE
			}
		}
		if reason == 0 {
			accepted = append(accepted, point)
			continue
		}
		rejected = append(rejected, &collectorv1.PointError{
			Sequence: m.GetSequence(), Index: int32(i), Field: "field", Reason: reason, Description: "why",
		})
	}
	return accepted, rejected
}

func fakePointReceipt(fresh, all []*pointFrame, p *fakeReceipt) *pointReceipt {
	judge := func(frames []*pointFrame) (successful int64, rejected []*collectorv1.PointError) {
		for _, m := range frames {
			a, r := judgePoints(m)
			successful, rejected = successful+int64(len(a)), append(rejected, r...)
		}
		return successful, rejected
	}
	successful, rejected := judge(fresh)
	epochSuccessful, epochRejected := judge(all)
	return &pointReceipt{
		TotalProcessed:  successful + int64(len(rejected)) + p.duplicates,
		SuccessfulCount: successful, ErrorCount: int64(len(rejected)), DuplicateCount: p.duplicates,
		Errors: rejected[:min(100, len(rejected))], ErrorCounts: countErrors(rejected),
		Position: p.position, ProducerId: p.producerID,
		EpochTotals: &collectorv1.EpochTotals{
			Epoch: p.epoch, SuccessfulCount: epochSuccessful, ErrorCount: int64(len(epochRejected)),
			ErrorCounts: countErrors(epochRejected),
		},
	}
}

func countErrors(errs []*collectorv1.PointError) []*collectorv1.PointErrorCount {
	var counts []*collectorv1.PointErrorCount
	for _, e := range errs {
		i := slices.IndexFunc(counts, func(c *collectorv1.PointErrorCount) bool { return c.GetReason() == e.GetReason() })
		if i < 0 {
			i = len(counts)
			counts = append(counts, &collectorv1.PointErrorCount{Reason: e.GetReason()})
		}
		counts[i].Count++
	}
	return counts
}
