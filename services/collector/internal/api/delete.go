package api

import (
	"context"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/query"
)

// DeleteDataPoints implements collectorv1.DataCollectionServiceServer.
func (s *Service) DeleteDataPoints(ctx context.Context, request *collectorv1.DeleteDataPointsRequest) (*collectorv1.DeleteDataPointsResponse, error) {
	deletion := &collectorv1.PointDeletion{
		Matchers:  request.GetMatchers(),
		StartTime: query.StartOf(request.StartTime),
		EndTime:   query.EndOf(request.EndTime),
	}
	var count int64
	err := s.streams.UntilCut(ctx, func(ctx context.Context) (err error) {
		count, err = s.deletions.Delete(ctx, principal.From(ctx), deletion)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &collectorv1.DeleteDataPointsResponse{DeletedCount: count}, nil
}
