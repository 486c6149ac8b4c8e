package api

import (
	"context"

	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/apply"
	"github.com/sluice-ingest/sluice/libs/page"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// ListSeries implements collectorv1.DataCollectionServiceServer.
func (s *Service) ListSeries(ctx context.Context, request *collectorv1.ListSeriesRequest) (*collectorv1.ListSeriesResponse, error) {
	query, err := seriesQueryOf(ctx, request)
	if err != nil {
		return nil, err
	}
	var found core.SeriesPage
	err = s.streams.UntilCut(ctx, func(ctx context.Context) (err error) {
		found, err = s.queries.Series(ctx, query)
		return err
	})
	if err != nil {
		return nil, err
	}
	return seriesResponse(found), nil
}

func seriesQueryOf(ctx context.Context, request *collectorv1.ListSeriesRequest) (*core.SeriesQuery, error) {
	p := principal.From(ctx)
	matchers, err := core.ParseMatchers(request.GetMatchers())
	if err != nil {
		return nil, err
	}
	query := &core.SeriesQuery{Tenant: p.Tenant, Matchers: core.Confine(matchers, p.Grants.Sources)}
	if query.Wait, err = apply.WaitOf(ctx, request.GetWaitFor()); err != nil {
		return nil, err
	}
	if query.Limit, err = page.Size(request.GetPageSize()); err != nil {
		return nil, err
	}
	return query, page.Decode("series", request.GetCursor(), &query.After)
}

// seriesResponse ends a page early that would be too large for a message.
func seriesResponse(found core.SeriesPage) *collectorv1.ListSeriesResponse {
	response := &collectorv1.ListSeriesResponse{}
	bytes := 0
	for i := range found.Series {
		summary := summaryOf(&found.Series[i])
		if bytes += proto.Size(summary); bytes > partBytes && i > 0 {
			found.Next = found.Series[i-1].ID
			break
		}
		response.Series = append(response.Series, summary)
	}
	if found.Next != 0 {
		response.NextCursor = page.Encode("series", found.Next)
	}
	return response
}
