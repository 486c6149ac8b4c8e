package api

import (
	"context"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/apply"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/query"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// selecting is a request that selects samples.
type selecting interface {
	GetMatchers() []*collectorv1.SeriesMatcher
	GetWaitFor() *queryv1.WaitFor
}

// selectionOf takes start and end as the request has them: nil for unset.
func selectionOf(ctx context.Context, request selecting, start, end *int64) (core.Selection, error) {
	matchers, err := core.ParseMatchers(request.GetMatchers())
	if err != nil {
		return core.Selection{}, err
	}
	wait, err := apply.WaitOf(ctx, request.GetWaitFor())
	if err != nil {
		return core.Selection{}, err
	}
	p := principal.From(ctx)
	return core.Selection{
		Tenant: p.Tenant, Matchers: core.Confine(matchers, p.Grants.Sources), Start: query.StartOf(start), End: query.EndOf(end), Wait: wait,
	}, nil
}
