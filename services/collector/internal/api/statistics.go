package api

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// maxResponseBytes keeps an answer below the 4 MiB that gRPC clients take.
const maxResponseBytes = 4<<20 - 64<<10

// GetStatistics implements collectorv1.DataCollectionServiceServer.
func (s *Service) GetStatistics(ctx context.Context, request *collectorv1.GetStatisticsRequest) (*collectorv1.GetStatisticsResponse, error) {
	selection, err := selectionOf(ctx, request, request.StartTime, request.EndTime) //nolint:protogetter // unset is not 0
	if err != nil {
		return nil, err
	}
	query := &core.StatisticsQuery{
		Selection: selection,
		Grouping:  core.Grouping{BySource: request.GetBySource(), ByMetric: request.GetByMetric(), ByTags: request.GetByTags()},
		Bucket:    time.Duration(request.GetBucketDuration()),
	}
	var rows []core.GroupStatistics
	err = s.streams.UntilCut(ctx, func(ctx context.Context) (err error) {
		rows, err = s.queries.Statistics(ctx, query)
		return err
	})
	if err != nil {
		return nil, err
	}
	return statisticsResponse(rows)
}

func statisticsResponse(rows []core.GroupStatistics) (*collectorv1.GetStatisticsResponse, error) {
	response := &collectorv1.GetStatisticsResponse{Statistics: make([]*collectorv1.Statistics, len(rows))}
	for i := range rows {
		response.Statistics[i] = statisticsOf(&rows[i])
	}
	if size := proto.Size(response); size > maxResponseBytes {
		return nil, problem.New(problem.QueryTooLarge,
			"the answer takes %d bytes, more than the %d of one message; group by less, take larger buckets or select less",
			size, maxResponseBytes)
	}
	return response, nil
}
