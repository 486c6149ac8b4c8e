package api_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

func TestRulesAreTriedWithoutTakingAnythingIn(t *testing.T) {
	h := newHarness(t)
	entries := []*logaggv1.LogEntry{
		entry(0, "info", "GET /healthz 200"), entry(1, "", "[WARN] login failed pwd=hunter2222"), {Application: "a"},
	}
	response, err := h.logs.TestRules(t.Context(), &logaggv1.TestRulesRequest{Rules: someRules, Entries: entries})
	require.NoError(t, err)
	require.Len(t, response.GetResults(), 3)
	require.Equal(t, logaggv1.RuleOutcome_RULE_OUTCOME_FILTERED, response.GetResults()[0].GetOutcome())
	require.Nil(t, response.GetResults()[0].GetEntry())
	require.Equal(t, "health-checks", response.GetResults()[0].GetHits()[0].GetRule())
	second := response.GetResults()[1]
	require.Equal(t, logaggv1.RuleOutcome_RULE_OUTCOME_INDEXED, second.GetOutcome())
	require.Equal(t, logaggv1.Level_LEVEL_WARN, second.GetEntry().GetLevel())
	require.Equal(t, "security", second.GetEntry().GetCategory())
	require.NotContains(t, second.GetEntry().GetMessage(), "hunter2")
	var hits []string
	for _, hit := range second.GetHits() {
		hits = append(hits, hit.GetRule())
	}
	require.Equal(t, []string{"level-from-message", "credentials", "logins", "team"}, hits)
	require.Equal(t, logaggv1.RuleOutcome_RULE_OUTCOME_REJECTED, response.GetResults()[2].GetOutcome())
	require.Equal(t, "timestamp", response.GetResults()[2].GetError().GetField())
	counts := ruleCounts(response.GetRuleCounts())
	require.Equal(t, int64(1), counts["RULE_STAGE_FILTER/health-checks"])
	require.Contains(t, counts, "RULE_STAGE_REDACT/jwt", "rules that hit nothing are told too")

	inUse, err := h.logs.TestRules(t.Context(), &logaggv1.TestRulesRequest{Entries: entries[:1]})
	require.NoError(t, err)
	require.Equal(t, logaggv1.RuleOutcome_RULE_OUTCOME_INDEXED, inUse.GetResults()[0].GetOutcome(), "the rules in use drop nothing")
	require.Empty(t, h.search(t.Context(), t, &logaggv1.SearchLogsRequest{}))
}

func TestATrialIsBounded(t *testing.T) {
	h := newHarness(t)
	entries := make([]*logaggv1.LogEntry, 100)
	for i := range entries {
		entries[i] = entry(int64(i), "info", strings.Repeat("x", 5000))
	}
	_, err := h.logs.TestRules(t.Context(), &logaggv1.TestRulesRequest{Rules: copies(64), Entries: entries})
	require.Equal(t, codes.ResourceExhausted, status.Code(err))
	require.ErrorContains(t, err, "try fewer")

	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	costly := `filter: [{name: costly, when: 'message.matches("(x?x?){100}y")', action: drop}]`
	_, err = h.logs.TestRules(ctx, &logaggv1.TestRulesRequest{Rules: costly, Entries: entries})
	require.Equal(t, codes.DeadlineExceeded, status.Code(err))
	_, err = h.logs.TestRules(t.Context(), &logaggv1.TestRulesRequest{Entries: entries[:1]})
	require.NoError(t, err, "what was given up does not go on")
}
