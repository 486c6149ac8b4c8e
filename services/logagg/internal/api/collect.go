package api

import (
	"context"

	"google.golang.org/grpc"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// CollectLogs implements logaggv1.LogAggregationServiceServer: it takes a stream
// from its first message to the receipt.
func (s *Service) CollectLogs(
	rpc grpc.ClientStreamingServer[logaggv1.CollectLogsRequest, logaggv1.CollectLogsResponse],
) error {
	return s.collections.Serve(rpc)
}

// GetPosition implements logaggv1.LogAggregationServiceServer.
func (s *Service) GetPosition(ctx context.Context, request *logaggv1.GetPositionRequest) (*logaggv1.GetPositionResponse, error) {
	position, err := s.positions.Get(ctx, request.GetProducerId())
	if err != nil {
		return nil, err
	}
	return &logaggv1.GetPositionResponse{Position: position}, nil
}

// WatchPosition implements logaggv1.LogAggregationServiceServer.
func (s *Service) WatchPosition(
	request *logaggv1.WatchPositionRequest, out grpc.ServerStreamingServer[logaggv1.WatchPositionResponse],
) error {
	return s.positions.Watch(out.Context(), request.GetProducerId(), func(position *streamv1.ProducerPosition) error {
		return out.Send(&logaggv1.WatchPositionResponse{Position: position})
	})
}
