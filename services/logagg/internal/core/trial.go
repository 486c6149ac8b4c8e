package core

import (
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
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

// Try brings the tenant's entries before rules, those in use if none are given.
// It changes the entries.
func (a *Aggregator) Try(tenant string, rules *pipeline.Pipeline, entries []entry.Entry) *Trial {
	if rules == nil {
		rules = a.pipelines.Current()
	}
	limits, runner := a.limits.Rules(tenant, a.intake.Now()), rules.Runner()
	trial := &Trial{Results: make([]TrialResult, 0, len(entries)), Rules: rules.Rules()}
	for i := range entries {
		e := &entries[i]
		result := TrialResult{Entry: e}
		became, reason := process(e, &limits, runner)
		if became == rejected {
			result.Error = limits.Explain(0, i, e, reason)
		} else {
			result.Hits = append(result.Hits, runner.Hits...)
		}
		result.Outcome = outcomeOf[became]
		trial.Results = append(trial.Results, result)
	}
	trial.Counts = runner.Counts
	return trial
}

var outcomeOf = map[fate]logaggv1.RuleOutcome{
	indexed:  logaggv1.RuleOutcome_RULE_OUTCOME_INDEXED,
	filtered: logaggv1.RuleOutcome_RULE_OUTCOME_FILTERED,
	rejected: logaggv1.RuleOutcome_RULE_OUTCOME_REJECTED,
}
