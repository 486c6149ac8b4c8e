package api

import (
	"context"

	"google.golang.org/grpc"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// GetPosition implements collectorv1.DataCollectionServiceServer.
func (s *Service) GetPosition(
	ctx context.Context, request *collectorv1.GetPositionRequest,
) (*collectorv1.GetPositionResponse, error) {
	position, err := s.positions.Get(ctx, request.GetProducerId())
	if err != nil {
		return nil, err
	}
	return &collectorv1.GetPositionResponse{Position: position}, nil
}

// WatchPosition implements collectorv1.DataCollectionServiceServer.
func (s *Service) WatchPosition(
	request *collectorv1.WatchPositionRequest, out grpc.ServerStreamingServer[collectorv1.WatchPositionResponse],
) error {
	return s.positions.Watch(out.Context(), request.GetProducerId(), func(position *streamv1.ProducerPosition) error {
		return out.Send(&collectorv1.WatchPositionResponse{Position: position})
	})
}
