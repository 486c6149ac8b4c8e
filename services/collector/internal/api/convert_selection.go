package api

import (
	"context"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
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
	wait, err := waitOf(ctx, request.GetWaitFor())
	if err != nil {
		return core.Selection{}, err
	}
	return core.Selection{
		Tenant: principal.From(ctx).Tenant, Matchers: matchers, Start: startOf(start), End: endOf(end), Wait: wait,
	}, nil
}

func startOf(start *int64) int64 {
	if start == nil {
		return core.FromFirst
	}
	return *start
}

func endOf(end *int64) int64 {
	if end == nil {
		return core.ToLast
	}
	return *end
}

// waitOf returns what to wait for, for a producer of the caller, or nil.
func waitOf(ctx context.Context, wanted *queryv1.WaitFor) (*core.Wait, error) {
	if wanted == nil {
		return nil, nil
	}
	wait := &core.Wait{
		Producer: keyOf(ctx, wanted.GetProducerId()), Sequence: wanted.GetSequence(), Timeout: core.DefaultWait,
	}
	if wanted.GetTimeout() == nil {
		return wait, nil
	}
	if err := wanted.GetTimeout().CheckValid(); err != nil {
		return nil, problem.InField(problem.FieldInvalid, "wait_for.timeout", "is not a valid duration")
	}
	wait.Timeout = wanted.GetTimeout().AsDuration()
	return wait, nil
}
