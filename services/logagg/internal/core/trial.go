package core

import (
	"context"
	"slices"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/frame"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline"
)

// Trial is what rules make of entries that are not taken in.
type Trial struct {
	Results []TrialResult
	// Rules of the pipeline, and how many of the entries each of them hit.
	Rules  []pipeline.Rule
	Counts []int64
}

// TrialResult is what became of one entry.
type TrialResult struct {
	Outcome logaggv1.RuleOutcome
	// Entry as it would be indexed.
	Entry *entry.Entry
	// Hits are the rules that hit it, as indexes of the trial's.
	Hits []int
	// Error tells why it would be rejected, or is nil.
	Error *logaggv1.LogError
}

// maxTrialBytes bounds what a trial gathers, which is one message. It is less
// than that may have, for what is around.
const maxTrialBytes = 3 << 20

// Try brings the tenant's entries before rules, those in use if none are given.
// It changes the entries. It fails with reason QUERY_TOO_LARGE when the rules
// make too much of them, and with the cause of ctx.
func (a *Aggregator) Try(ctx context.Context, tenant string, rules *pipeline.Pipeline, entries []entry.Entry) (*Trial, error) {
	if rules == nil {
		rules = a.pipelines.Current()
	}
	limits, runner := a.limits.Rules(tenant, a.intake.Now()), rules.Runner()
	runner.Until(ctx.Done())
	trial := &Trial{Results: make([]TrialResult, 0, len(entries)), Rules: rules.Rules()}
	size := 0
	for i := range entries {
		result := tryOne(&entries[i], i, &limits, runner)
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		if size += result.size(trial.Rules); size > maxTrialBytes {
			return nil, problem.New(problem.QueryTooLarge, "the rules make more than %d bytes of the entries; try fewer", maxTrialBytes)
		}
		trial.Results = append(trial.Results, result)
	}
	trial.Counts = runner.Counts
	return trial, nil
}

func tryOne(e *entry.Entry, place int, limits *Rules, runner *pipeline.Runner) TrialResult {
	became, reason := process(e, limits, runner)
	result := TrialResult{Entry: e, Outcome: outcomeOf[became]}
	if became == rejected {
		result.Error = limits.Explain(0, place, e, reason)
	} else {
		result.Hits = slices.Clone(runner.Hits)
	}
	return result
}

// size is about what a result takes in a message.
func (r *TrialResult) size(rules []pipeline.Rule) int {
	const around = 8
	size := around
	if r.Outcome == logaggv1.RuleOutcome_RULE_OUTCOME_INDEXED {
		size += frame.SizeOf(r.Entry)
	}
	for _, hit := range r.Hits {
		size += around + len(rules[hit].Name)
	}
	return size
}

var outcomeOf = map[fate]logaggv1.RuleOutcome{
	indexed:  logaggv1.RuleOutcome_RULE_OUTCOME_INDEXED,
	filtered: logaggv1.RuleOutcome_RULE_OUTCOME_FILTERED,
	rejected: logaggv1.RuleOutcome_RULE_OUTCOME_REJECTED,
}
