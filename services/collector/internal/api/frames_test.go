package api_test

import (
	"context"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/ingest/frames/framestest"
)

func TestStreamsOfFrames(t *testing.T) {
	framestest.Run(t, func(t testing.TB, dir string) *framestest.Service {
		t.Helper()
		h := openHarness(t, dir, nil)
		return &framestest.Service{
			Connection: h.connection, Streams: h.streams, Gate: h.gate,
			Collect: collectorv1.DataCollectionService_CollectDataPoints_FullMethodName,
			Items:   "points", FrameItems: frameItems,
			Message: func(producerID string, epoch, sequence int64, items int) proto.Message {
				return &collectorv1.CollectDataPointsRequest{
					ProducerId: producerID, Epoch: epoch, Sequence: sequence, Points: numbered(sequence, items),
				}
			},
			NewReceipt: func() proto.Message { return &collectorv1.CollectDataPointsResponse{} },
			Read:       readReceipt,
			Stored:     h.samples,
			GetPosition: func(ctx context.Context, producerID string) (*streamv1.ProducerPosition, error) {
				response, err := h.points.GetPosition(ctx, &collectorv1.GetPositionRequest{ProducerId: producerID})
				return response.GetPosition(), err
			},
			WatchPosition: func(ctx context.Context, producerID string) (framestest.Watch, error) {
				watch, err := h.points.WatchPosition(ctx, &collectorv1.WatchPositionRequest{ProducerId: producerID})
				return func() (*streamv1.ProducerPosition, error) {
					response, err := watch.Recv()
					return response.GetPosition(), err
				}, err
			},
		}
	})
}

// numbered are so many points that no other sequence has.
func numbered(sequence int64, items int) []*collectorv1.DataPoint {
	var points []*collectorv1.DataPoint
	for i := range items {
		p := point("a", sequence, 1)
		p.Timestamp += int64(i) * int64(time.Microsecond)
		points = append(points, p)
	}
	return points
}

func readReceipt(m proto.Message) framestest.Receipt {
	r := m.(*collectorv1.CollectDataPointsResponse)
	return framestest.Receipt{
		Total: r.GetTotalProcessed(), Accepted: r.GetSuccessfulCount(), Duplicates: r.GetDuplicateCount(),
		ProducerID: r.GetProducerId(), Position: r.GetPosition(),
		Epoch: r.GetEpochTotals().GetEpoch(), EpochAccepted: r.GetEpochTotals().GetSuccessfulCount(),
	}
}

// samples waits for a frame, and counts what is stored.
func (h *harness) samples(ctx context.Context, t testing.TB, producerID string, sequence int64) int {
	t.Helper()
	found, err := h.query(ctx, t, &collectorv1.QueryDataPointsRequest{
		WaitFor: &queryv1.WaitFor{ProducerId: producerID, Sequence: sequence},
	})
	if err != nil {
		t.Fatal(err)
	}
	return found.count()
}
