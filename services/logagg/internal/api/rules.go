package api

import (
	"context"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline"
)

// maxTrialEntries is the largest number of entries of a TestRules.
const maxTrialEntries = 1000

// TestRules implements logaggv1.LogAggregationServiceServer.
func (s *Service) TestRules(ctx context.Context, request *logaggv1.TestRulesRequest) (*logaggv1.TestRulesResponse, error) {
	if count := len(request.GetEntries()); count > maxTrialEntries {
		return nil, problem.InField(problem.FieldInvalid, "entries", "has %d entries; at most %d are taken", count, maxTrialEntries)
	}
	rules, err := rulesOf(request.GetRules())
	if err != nil {
		return nil, err
	}
	entries := make([]entry.Entry, len(request.GetEntries()))
	for i, sent := range request.GetEntries() {
		entries[i] = entryOf(sent)
	}
	return trialResponse(s.aggregator.Try(principal.From(ctx).Tenant, rules, entries)), nil
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
