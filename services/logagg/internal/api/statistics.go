package api

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/apply"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
)

// maxResponseBytes keeps an answer below the 4 MiB that gRPC clients take.
const maxResponseBytes = 4<<20 - 64<<10

// GetLogStatistics implements logaggv1.LogAggregationServiceServer.
func (s *Service) GetLogStatistics(
	ctx context.Context, request *logaggv1.GetLogStatisticsRequest,
) (*logaggv1.GetLogStatisticsResponse, error) {
	p := principal.From(ctx)
	filter, err := core.ParseFilter(request.GetFilter(), p.Grants.Applications)
	if err != nil {
		return nil, err
	}
	wait, err := apply.WaitOf(ctx, request.GetWaitFor())
	if err != nil {
		return nil, err
	}
	count := &core.Count{
		Tenant: p.Tenant, Filter: filter,
		ByLevel: request.GetByLevel(), ByApplication: request.GetByApplication(), ByCategory: request.GetByCategory(),
		ByFields: request.GetByFields(), Bucket: time.Duration(request.GetBucketDuration()),
	}
	var rows []core.CountRow
	err = s.streams.UntilCut(ctx, func(ctx context.Context) (err error) {
		rows, err = s.queries.Count(ctx, count, wait)
		return err
	})
	if err != nil {
		return nil, err
	}
	return statisticsResponse(rows)
}

func statisticsResponse(rows []core.CountRow) (*logaggv1.GetLogStatisticsResponse, error) {
	response := &logaggv1.GetLogStatisticsResponse{Statistics: make([]*logaggv1.LogStatistics, len(rows))}
	for i := range rows {
		row := &rows[i]
		response.Statistics[i] = &logaggv1.LogStatistics{
			Level: logaggv1.Level(row.Level), Application: row.Application, Category: row.Category, FieldValues: row.FieldValues,
			StartTime: row.BucketStart, Count: row.Count, FirstTimestamp: row.First, LastTimestamp: row.Last,
		}
	}
	if size := proto.Size(response); size > maxResponseBytes {
		return nil, problem.New(problem.QueryTooLarge,
			"the answer takes %d bytes, more than the %d of one message; group by less, take larger buckets or select less",
			size, maxResponseBytes)
	}
	return response, nil
}
