package api

import (
	"context"

	"google.golang.org/grpc"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/apply"
	"github.com/sluice-ingest/sluice/libs/page"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

type searchStream = grpc.ServerStreamingServer[logaggv1.SearchLogsResponse]

// SearchLogs implements logaggv1.LogAggregationServiceServer.
func (s *Service) SearchLogs(request *logaggv1.SearchLogsRequest, out searchStream) error {
	search, err := searchOf(out.Context(), request)
	if err != nil {
		return err
	}
	// A client that does not read must not hold up a drain.
	return s.streams.UntilCut(out.Context(), func(ctx context.Context) error {
		return s.queries.Search(ctx, search, func(found []entry.Entry, more bool) error {
			if len(found) == 0 {
				return nil
			}
			part := &logaggv1.SearchLogsResponse{Entries: recordsOf(found)}
			if more {
				last := &found[len(found)-1]
				part.NextCursor = page.Encode(listOf(search.OldestFirst), core.Place{Timestamp: last.Timestamp, ID: last.ID})
			}
			return out.Send(part)
		})
	})
}

func searchOf(ctx context.Context, request *logaggv1.SearchLogsRequest) (*core.SearchQuery, error) {
	p := principal.From(ctx)
	search := &core.SearchQuery{Tenant: p.Tenant, Limit: request.GetLimit()}
	var err error
	if search.Filter, err = core.ParseFilter(request.GetFilter(), p.Grants.Applications); err != nil {
		return nil, err
	}
	switch request.GetOrder() {
	case logaggv1.SearchOrder_SEARCH_ORDER_UNSPECIFIED, logaggv1.SearchOrder_SEARCH_ORDER_NEWEST_FIRST:
	case logaggv1.SearchOrder_SEARCH_ORDER_OLDEST_FIRST:
		search.OldestFirst = true
	default:
		return nil, problem.InField(problem.FieldInvalid, "order", "must be NEWEST_FIRST or OLDEST_FIRST")
	}
	if search.Wait, err = apply.WaitOf(ctx, request.GetWaitFor()); err != nil {
		return nil, err
	}
	if request.GetCursor() != "" {
		search.After = &core.Place{}
		err = page.Decode(listOf(search.OldestFirst), request.GetCursor(), search.After)
	}
	return search, err
}

// listOf names the list that a cursor is of.
func listOf(oldestFirst bool) string {
	if oldestFirst {
		return "logs, oldest first"
	}
	return "logs, newest first"
}
