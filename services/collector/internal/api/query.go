package api

import (
	"context"
	"time"

	"google.golang.org/grpc"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

type queryStream = grpc.ServerStreamingServer[collectorv1.QueryDataPointsResponse]

// QueryDataPoints implements collectorv1.DataCollectionServiceServer.
func (s *Service) QueryDataPoints(request *collectorv1.QueryDataPointsRequest, out queryStream) error {
	selection, err := selectionOf(out.Context(), request, request.StartTime, request.EndTime) //nolint:protogetter // unset is not 0
	if err != nil {
		return err
	}
	query := &core.SamplesQuery{
		Selection: selection, Bucket: time.Duration(request.GetBucketDuration()), Limit: request.GetLimit(),
	}
	// A client that does not read must not hold up a drain.
	return s.streams.UntilCut(out.Context(), func(ctx context.Context) error {
		answer := newAnswer(out)
		if err := s.queries.Samples(ctx, query, answer); err != nil {
			return err
		}
		return answer.flush()
	})
}
