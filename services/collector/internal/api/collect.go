package api

import (
	"context"

	"google.golang.org/grpc"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/ingest/frames"
)

type collectStream = grpc.ClientStreamingServer[collectorv1.CollectDataPointsRequest, collectorv1.CollectDataPointsResponse]

// CollectDataPoints implements collectorv1.DataCollectionServiceServer: it takes
// a stream from its first message to the receipt.
func (s *Service) CollectDataPoints(rpc collectStream) error { return s.collections.Serve(rpc) }

func newCollections(deps *Deps, m *metrics) *frames.Server[*collectorv1.CollectDataPointsResponse] {
	return &frames.Server[*collectorv1.CollectDataPointsResponse]{
		Method:  collectorv1.DataCollectionService_CollectDataPoints_FullMethodName,
		Streams: deps.Streams, MessageBytes: deps.MessageBytes, FrameItems: deps.FrameItems,
		NewWork: deps.NewWork, Header: deps.Collector.Header,
		Open: func(ctx context.Context, o frames.Opening) (frames.Collection[*collectorv1.CollectDataPointsResponse], error) {
			return deps.Collector.Open(ctx, o)
		},
		Answered: m.answered,
		Ended:    m.streamEnded,
	}
}
