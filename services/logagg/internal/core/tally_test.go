package core

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline"
)

func TestRulesStandInTheirOrderAlsoAfterAReload(t *testing.T) {
	before := []pipeline.Rule{{Stage: 1, Name: "unknown-level"}, {Stage: 2, Name: "gone"}, {Stage: 2, Name: "b"}, {Stage: 5, Name: "zone"}}
	after := []pipeline.Rule{{Stage: 1, Name: "unknown-level"}, {Stage: 2, Name: "a"}, {Stage: 2, Name: "b"}, {Stage: 5, Name: "zone"}}
	tally := newTally()
	tally.addRules(before, []int64{0, 1, 2, 4})
	tally.addRules(after, []int64{8, 16, 32, 64})
	var names []string
	var counts []int64
	for _, rule := range tally.rules {
		names, counts = append(names, rule.GetRule()), append(counts, rule.GetCount())
	}
	require.Equal(t, []string{"unknown-level", "gone", "a", "b", "zone"}, names)
	require.Equal(t, []int64{8, 1, 16, 34, 68}, counts)
}
