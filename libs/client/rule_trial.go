package client

import (
	"context"
	"fmt"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

// RuleOutcome is what rules make of an entry.
type RuleOutcome int32

// The outcomes.
const (
	// RuleIndexed: the entry would be indexed.
	RuleIndexed = RuleOutcome(logaggv1.RuleOutcome_RULE_OUTCOME_INDEXED)
	// RuleFiltered: a filter rule would leave it out.
	RuleFiltered = RuleOutcome(logaggv1.RuleOutcome_RULE_OUTCOME_FILTERED)
	// RuleRejected: it would be rejected.
	RuleRejected = RuleOutcome(logaggv1.RuleOutcome_RULE_OUTCOME_REJECTED)
)

// String returns the outcome in lower case, such as "filtered".
func (o RuleOutcome) String() string { return enumName(logaggv1.RuleOutcome(o), "RULE_OUTCOME_") }

// RuleTrial is what rules make of entries.
type RuleTrial struct {
	// Results, one for each entry in their order.
	Results []RuleResult
	// RuleCounts tell how many of the entries each rule hit, in the order of the
	// rules: also those that hit none.
	RuleCounts []RuleCount
}

// RuleResult is what rules make of one entry.
type RuleResult struct {
	Outcome RuleOutcome
	// Record is the entry as it would be indexed. Zero when it would not.
	Record LogRecord
	// Hits are the rules that hit it, in their order.
	Hits []RuleHit
	// Rejection is why it would be rejected; nil when it would not.
	Rejection *LogError
}

// TestRules tells what rules make of entries, at most 1,000, and takes nothing
// in. The rules are the text of a rules file; empty means those that the server
// uses. An error is an [Error], with the reason FIELD_INVALID and the line at
// fault for rules that can't be used; the call is not tried again.
func (c *StreamingClient) TestRules(ctx context.Context, rules string, entries []*LogEntry) (*RuleTrial, error) {
	request := &logaggv1.TestRulesRequest{Rules: rules}
	for _, e := range entries {
		request.Entries = append(request.Entries, e.encoded())
	}
	answer, err := c.logs.TestRules(ctx, request)
	if err != nil {
		return nil, fmt.Errorf("test rules: %w", c.callError(ctx, err))
	}
	trial := &RuleTrial{RuleCounts: newRuleCounts(answer.GetRuleCounts())}
	for i, r := range answer.GetResults() {
		trial.Results = append(trial.Results, newRuleResult(r, i))
	}
	return trial, nil
}

func newRuleResult(r *logaggv1.RuleResult, place int) RuleResult {
	result := RuleResult{Outcome: RuleOutcome(r.GetOutcome()), Hits: newRuleHits(r.GetHits())}
	if r.GetEntry() != nil {
		result.Record = newLogRecord(r.GetEntry())
	}
	if r.GetError() != nil {
		rejection := newLogError(r.GetError(), int64(place))
		result.Rejection = &rejection
	}
	return result
}
