package api

import (
	"context"
	"time"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline"
)

// maxTrialEntries is the largest number of entries of a TestRules.
const maxTrialEntries = 1000

// maxTrialTime is how long a TestRules may take.
const maxTrialTime = 10 * time.Second

// TestRules implements logaggv1.LogAggregationServiceServer. Rules are the
// caller's and may be costly, so that one call is served at a time.
func (s *Service) TestRules(ctx context.Context, request *logaggv1.TestRulesRequest) (*logaggv1.TestRulesResponse, error) {
	if count := len(request.GetEntries()); count > maxTrialEntries {
		return nil, problem.InField(problem.FieldInvalid, "entries", "has %d entries; at most %d are taken", count, maxTrialEntries)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, maxTrialTime, problem.New(problem.QueryTooLarge,
		"the rules take longer than %v; try fewer entries, or simpler patterns", maxTrialTime))
	defer cancel()
	var response *logaggv1.TestRulesResponse
	err := s.streams.UntilCut(ctx, func(ctx context.Context) (err error) {
		response, err = s.tryRules(ctx, request)
		return err
	})
	if err != nil {
		return nil, err
	}
	return response, nil
}

func (s *Service) tryRules(ctx context.Context, request *logaggv1.TestRulesRequest) (*logaggv1.TestRulesResponse, error) {
	select {
	case s.trials <- struct{}{}:
		defer func() { <-s.trials }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	rules, err := rulesOf(request.GetRules())
	if err != nil {
		return nil, err
	}
	entries := make([]entry.Entry, len(request.GetEntries()))
	for i, sent := range request.GetEntries() {
		entries[i] = entryOf(sent)
	}
	trial, err := s.aggregator.Try(ctx, principal.From(ctx).Tenant, rules, entries)
	if err != nil {
		return nil, err
	}
	return trialResponse(trial), nil
}

// rulesOf returns nil for the rules in use.
func rulesOf(source string) (*pipeline.Pipeline, error) {
	if source == "" {
		return nil, nil
	}
	rules, err := pipeline.CompileForTest([]byte(source))
	if err != nil {
		return nil, problem.InField(problem.FieldInvalid, "rules", "%s", err)
	}
	return rules, nil
}

func trialResponse(trial *core.Trial) *logaggv1.TestRulesResponse {
	response := &logaggv1.TestRulesResponse{}
	for i := range trial.Results {
		response.Results = append(response.Results, trialResult(trial, &trial.Results[i]))
	}
	for i, rule := range trial.Rules {
		response.RuleCounts = append(response.RuleCounts, &logaggv1.RuleCount{
			Stage: rule.Stage, Rule: rule.Name, Count: trial.Counts[i],
		})
	}
	return response
}

func trialResult(trial *core.Trial, r *core.TrialResult) *logaggv1.RuleResult {
	result := &logaggv1.RuleResult{Outcome: r.Outcome, Error: r.Error}
	if r.Outcome == logaggv1.RuleOutcome_RULE_OUTCOME_INDEXED {
		result.Entry = recordOf(r.Entry)
	}
	for _, hit := range r.Hits {
		result.Hits = append(result.Hits, &logaggv1.RuleHit{Stage: trial.Rules[hit].Stage, Rule: trial.Rules[hit].Name})
	}
	return result
}
