package api

import (
	"context"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/storage"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
)

// DeleteLogs implements logaggv1.LogAggregationServiceServer. When the call ends
// first, the entries may be deleted all the same; a deletion may be repeated.
func (s *Service) DeleteLogs(ctx context.Context, request *logaggv1.DeleteLogsRequest) (*logaggv1.DeleteLogsResponse, error) {
	if err := s.aggregator.RefuseSecrets(request.GetFilter()); err != nil {
		return nil, err
	}
	p := principal.From(ctx)
	deletion, err := core.EncodeDeletion(request.GetFilter(), p.Grants.Applications)
	if err != nil {
		return nil, err
	}
	var count int64
	err = s.streams.UntilCut(ctx, func(ctx context.Context) (err error) {
		count, err = s.applier.Delete(ctx, p.Tenant, deletion)
		return storage.QueryFailure(ctx, err)
	})
	if err != nil {
		return nil, err
	}
	return &logaggv1.DeleteLogsResponse{DeletedCount: count}, nil
}

// FlushLogs implements logaggv1.LogAggregationServiceServer.
func (s *Service) FlushLogs(ctx context.Context, _ *logaggv1.FlushLogsRequest) (*logaggv1.FlushLogsResponse, error) {
	if err := s.streams.UntilCut(ctx, s.applier.Flush); err != nil {
		return nil, err
	}
	return &logaggv1.FlushLogsResponse{}, nil
}
