package client

import logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"

// RuleStage is a step of the server's pipeline. Entries go through the steps in
// the order of the numbers.
type RuleStage int32

// The steps.
const (
	// StageNormalise brings levels and timestamps to one form.
	StageNormalise = RuleStage(logaggv1.RuleStage_RULE_STAGE_NORMALISE)
	// StageFilter drops, keeps or samples entries.
	StageFilter = RuleStage(logaggv1.RuleStage_RULE_STAGE_FILTER)
	// StageRedact takes secrets out.
	StageRedact = RuleStage(logaggv1.RuleStage_RULE_STAGE_REDACT)
	// StageClassify gives categories.
	StageClassify = RuleStage(logaggv1.RuleStage_RULE_STAGE_CLASSIFY)
	// StageEnrich gives more fields.
	StageEnrich = RuleStage(logaggv1.RuleStage_RULE_STAGE_ENRICH)
)

// String returns the step in lower case, such as "redact".
func (s RuleStage) String() string { return enumName(logaggv1.RuleStage(s), "RULE_STAGE_") }

// RuleHit names a rule that hit an entry.
type RuleHit struct {
	Stage RuleStage
	Rule  string
}

// RuleCount is how many entries a rule hit.
type RuleCount struct {
	RuleHit

	Count int64
}

func newRuleCounts(counts []*logaggv1.RuleCount) []RuleCount {
	all := make([]RuleCount, 0, len(counts))
	for _, c := range counts {
		all = append(all, RuleCount{RuleHit: RuleHit{Stage: RuleStage(c.GetStage()), Rule: c.GetRule()}, Count: c.GetCount()})
	}
	return all
}

func newRuleHits(hits []*logaggv1.RuleHit) []RuleHit {
	all := make([]RuleHit, 0, len(hits))
	for _, h := range hits {
		all = append(all, RuleHit{Stage: RuleStage(h.GetStage()), Rule: h.GetRule()})
	}
	return all
}
