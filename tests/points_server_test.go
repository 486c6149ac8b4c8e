package tests

import (
	"context"
	"testing"

	"google.golang.org/grpc"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// collector is the real data-point service and a raw client of it.
type collector struct {
	*testkit.Process
	pointsPeer
}

// pointsPeer is a connection to the data-point service.
type pointsPeer struct {
	framesPeer[pointsRequest, pointsReceipt]

	points  collectorv1.DataCollectionServiceClient
	streams streamv1.StreamServiceClient
}

// startCollector runs the data-point service on a data folder of the test.
func startCollector(t *testing.T, args ...string) *collector {
	t.Helper()
	return startCollectorIn(t, t.TempDir(), args...)
}

func startCollectorIn(t *testing.T, dataDir string, args ...string) *collector {
	t.Helper()
	s := launchCollector(t, dataDir, args...)
	s.pointsPeer = dialPoints(t, s.Addr)
	return s
}

// launchCollector runs the service and connects no client to it.
func launchCollector(t *testing.T, dataDir string, args ...string) *collector {
	t.Helper()
	args = append([]string{
		"--listen", "127.0.0.1:0",
		"--admin-listen", "127.0.0.1:0",
		"--data-dir", dataDir,
		"--storage-low-watermark", "0", // a test's disk may be small
	}, args...)
	binary := testkit.Build(t, "services/collector", "./cmd/sluice-collector")
	return &collector{Process: testkit.Start(t, binary, args...)}
}

// dialPoints is dial for the data-point service.
func dialPoints(t *testing.T, addr string, opts ...grpc.DialOption) pointsPeer {
	t.Helper()
	p := dial(t, addr, opts...)
	points := collectorv1.NewDataCollectionServiceClient(p.conn)
	return pointsPeer{
		framesPeer: framesPeer[pointsRequest, pointsReceipt]{
			positions: pointPositions(points), conn: p.conn, collect: points.CollectDataPoints,
			method: collectorv1.DataCollectionService_CollectDataPoints_FullMethodName,
		},
		points: points, streams: p.streams,
	}
}

func pointPositions(points collectorv1.DataCollectionServiceClient) positions {
	return positions{
		get: func(ctx context.Context, producerID string) (*streamv1.ProducerPosition, error) {
			answer, err := points.GetPosition(ctx, &collectorv1.GetPositionRequest{ProducerId: producerID})
			return answer.GetPosition(), err
		},
		watch: func(ctx context.Context, producerID string) (func() (*streamv1.ProducerPosition, error), error) {
			moves, err := points.WatchPosition(ctx, &collectorv1.WatchPositionRequest{ProducerId: producerID})
			return func() (*streamv1.ProducerPosition, error) {
				move, err := moves.Recv()
				return move.GetPosition(), err
			}, err
		},
	}
}

// sdk connects by the SDK.
func (s *collector) sdk(t *testing.T, opts ...client.Option) *client.StreamingClient {
	t.Helper()
	return sdkTo(t, s.Addr, opts...)
}
