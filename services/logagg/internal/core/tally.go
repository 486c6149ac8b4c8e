package core

import (
	"cmp"
	"maps"
	"slices"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/services/logagg/internal/frame"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline"
)

// maxLogErrors is how many rejected entries a receipt describes.
const maxLogErrors = 100

// tally counts what a stream brought.
type tally struct {
	indexed, filtered, redacted, duplicates int64

	rejected map[logaggv1.LogErrorReason]int64
	errors   []*logaggv1.LogError
	// rules are those of all pipelines that the stream went through, in the order
	// of the stages.
	rules []*logaggv1.RuleCount
}

func newTally() tally { return tally{rejected: map[logaggv1.LogErrorReason]int64{}} }

// add counts a frame that was appended.
func (t *tally) add(n *frame.Counts) {
	t.indexed += n.Indexed
	t.filtered += n.Filtered
	t.redacted += n.Redacted
	for _, r := range n.Rejected {
		t.rejected[r.Reason] += r.Count
	}
}

// explain describes a rejected entry if there is room for that in the receipt.
func (t *tally) explain(describe func() *logaggv1.LogError) {
	if len(t.errors) < maxLogErrors {
		t.errors = append(t.errors, describe())
	}
}

// addRules adds how often each rule hit. A rule that was there before a reload,
// and is again after it, is one rule.
func (t *tally) addRules(rules []pipeline.Rule, hits []int64) {
	for i, count := range hits {
		if count > 0 {
			t.ruleCount(&rules[i]).Count += count
		}
	}
	t.sortRules(rules)
}

// sortRules brings the rules into the order of the last pipeline; within their
// stage, those that it lacks come first.
func (t *tally) sortRules(last []pipeline.Rule) {
	place := func(r *logaggv1.RuleCount) int {
		return slices.Index(last, pipeline.Rule{Stage: r.GetStage(), Name: r.GetRule()})
	}
	slices.SortStableFunc(t.rules, func(a, b *logaggv1.RuleCount) int {
		return cmp.Or(cmp.Compare(a.GetStage(), b.GetStage()), cmp.Compare(place(a), place(b)))
	})
}

func (t *tally) ruleCount(rule *pipeline.Rule) *logaggv1.RuleCount {
	for _, known := range t.rules {
		if known.GetStage() == rule.Stage && known.GetRule() == rule.Name {
			return known
		}
	}
	added := &logaggv1.RuleCount{Stage: rule.Stage, Rule: rule.Name}
	t.rules = append(t.rules, added)
	return added
}

// errorCounts are the rejected entries by reason, in the order of the reasons.
func errorCounts(byReason map[logaggv1.LogErrorReason]int64) (total int64, counts []*logaggv1.LogErrorCount) {
	for _, reason := range slices.Sorted(maps.Keys(byReason)) {
		total += byReason[reason]
		counts = append(counts, &logaggv1.LogErrorCount{Reason: reason, Count: byReason[reason]})
	}
	return total, counts
}
