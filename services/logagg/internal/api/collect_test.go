package api_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

const someRules = `
filter:
  - name: health-checks
    when: message.contains("GET /healthz")
    action: drop
classify:
  - name: logins
    when: message.contains("login failed")
    category: security
enrich:
  - name: team
    when: application == "a"
    set:
      team: '"payments"'
`

func TestAReceiptCountsWhatBecameOfEveryEntry(t *testing.T) {
	h := newHarness(t)
	h.rules.use(t, someRules)
	seconds := entry(9, "info", "never")
	seconds.Timestamp /= 1_000_000_000
	receipt := h.collect(t.Context(), t, "p",
		[]*logaggv1.LogEntry{
			entry(0, "WARNING", "login failed for bob password=hunter2", "request_id", "r-1"),
			entry(1, "info", "GET /healthz 200"),
			seconds,
			entry(2, "", "[ERROR] disk full"),
		},
		[]*logaggv1.LogEntry{entry(3, "5", "", "authorization", "Bearer abcdefghijklmnop"), {Timestamp: began}},
	)
	require.Equal(t, int64(6), receipt.GetTotalReceived())
	require.Equal(t, int64(3), receipt.GetIndexedCount())
	require.Equal(t, int64(1), receipt.GetFilteredCount())
	require.Equal(t, int64(2), receipt.GetRejectedCount())
	require.Zero(t, receipt.GetDuplicateCount())
	require.Equal(t, int64(2), receipt.GetRedactedCount())
	require.Equal(t, logaggv1.CollectionStatus_COLLECTION_STATUS_PARTIAL, receipt.GetStatus())
	require.Len(t, receipt.GetErrors(), 2)
	require.Equal(t, int64(1), receipt.GetErrors()[0].GetSequence())
	require.Equal(t, int32(2), receipt.GetErrors()[0].GetIndex())
	require.Equal(t, "timestamp", receipt.GetErrors()[0].GetField())
	require.Equal(t, "application", receipt.GetErrors()[1].GetField())
	require.Len(t, receipt.GetErrorCounts(), 2)
	totals := receipt.GetEpochTotals()
	require.Equal(t, []int64{3, 1, 2, 2}, []int64{
		totals.GetIndexedCount(), totals.GetFilteredCount(), totals.GetRejectedCount(), totals.GetRedactedCount(),
	})
	require.Equal(t, map[string]int64{
		"RULE_STAGE_NORMALISE/level-from-message": 1, "RULE_STAGE_FILTER/health-checks": 1, "RULE_STAGE_REDACT/credentials": 1,
		"RULE_STAGE_REDACT/authorization": 1, "RULE_STAGE_CLASSIFY/logins": 1, "RULE_STAGE_ENRICH/team": 3,
	}, ruleCounts(receipt.GetRuleCounts()))

	found := h.search(t.Context(), t, &logaggv1.SearchLogsRequest{
		Order: logaggv1.SearchOrder_SEARCH_ORDER_OLDEST_FIRST, WaitFor: wait("p", 2),
	})
	require.Len(t, found, 3)
	require.True(t, proto.Equal(&logaggv1.LogRecord{
		EntryId: 1, Application: "a", Level: logaggv1.Level_LEVEL_WARN, Timestamp: began,
		Message: "login failed for bob password=[redacted:credentials]", Category: "security", Redacted: true,
		Fields: map[string]string{"request_id": "r-1", "team": "payments"},
	}, found[0]), "%v", found[0])
	require.Equal(t, logaggv1.Level_LEVEL_ERROR, found[1].GetLevel())
	require.Equal(t, logaggv1.Level_LEVEL_INFO, found[2].GetLevel())
	require.NotContains(t, found[2].GetFields()["authorization"], "abcdefghijklmnop")
}

func ruleCounts(counts []*logaggv1.RuleCount) map[string]int64 {
	byName := map[string]int64{}
	for _, c := range counts {
		byName[c.GetStage().String()+"/"+c.GetRule()] += c.GetCount()
	}
	return byName
}

func TestAStatusSaysWhetherEntriesWereRejected(t *testing.T) {
	h := newHarness(t)
	good, bad := entry(0, "info", "m"), &logaggv1.LogEntry{}
	for want, entries := range map[logaggv1.CollectionStatus][]*logaggv1.LogEntry{
		logaggv1.CollectionStatus_COLLECTION_STATUS_COMPLETE: {good},
		logaggv1.CollectionStatus_COLLECTION_STATUS_PARTIAL:  {good, bad},
		logaggv1.CollectionStatus_COLLECTION_STATUS_REJECTED: {bad},
	} {
		require.Equal(t, want, h.collect(t.Context(), t, want.String(), entries).GetStatus())
	}
	require.Equal(t, logaggv1.CollectionStatus_COLLECTION_STATUS_COMPLETE, h.collect(t.Context(), t, "none").GetStatus())
}

func TestAReceiptDescribesTheFirstHundredErrors(t *testing.T) {
	h := newHarness(t)
	receipt := h.collect(t.Context(), t, "p", make([]*logaggv1.LogEntry, 0), func() (bad []*logaggv1.LogEntry) {
		for range 150 {
			bad = append(bad, &logaggv1.LogEntry{})
		}
		return bad
	}())
	require.Len(t, receipt.GetErrors(), 100)
	require.Equal(t, int64(150), receipt.GetErrorCounts()[0].GetCount())
}

func TestRulesThatChangeDuringAStreamAreCountedTogether(t *testing.T) {
	h := newHarness(t)
	h.rules.use(t, someRules)
	rpc, _ := h.open(t.Context(), t, "p")
	for sequence := int64(1); sequence <= 4; sequence++ {
		if sequence == 3 {
			h.rules.use(t, "classify:\n  - {name: other, when: 'true', category: other}\n  - {name: logins, when: 'true', category: x}\n"+
				"enrich:\n  - {name: team, set: {team: '\"users\"'}}\n")
		}
		require.NoError(t, rpc.Send(&logaggv1.CollectLogsRequest{
			Sequence: sequence, Entries: []*logaggv1.LogEntry{entry(sequence, "info", fmt.Sprintf("login failed %d", sequence))},
		}))
		require.Eventually(t, func() bool { return h.received(t, "p") == sequence }, waitTime, pollTime)
	}
	receipt, err := rpc.CloseAndRecv()
	require.NoError(t, err)
	require.Equal(t, map[string]int64{
		"RULE_STAGE_CLASSIFY/logins": 2, "RULE_STAGE_CLASSIFY/other": 2, "RULE_STAGE_ENRICH/team": 4,
	}, ruleCounts(receipt.GetRuleCounts()))
	found := h.search(t.Context(), t, &logaggv1.SearchLogsRequest{WaitFor: wait("p", 4)})
	require.Equal(t, "users", found[0].GetFields()["team"])
	require.Equal(t, "payments", found[3].GetFields()["team"])
}

func TestRulesThatFailAreCounted(t *testing.T) {
	h := newHarness(t)
	h.rules.use(t, "filter:\n  - {name: slow, when: 'int(fields[\"ms\"]) > 500', action: drop}\n")
	receipt := h.collect(t.Context(), t, "p", []*logaggv1.LogEntry{entry(0, "info", "m", "ms", "700"), entry(1, "info", "m", "ms", "soon")})
	require.Equal(t, int64(1), receipt.GetFilteredCount())
	require.InDelta(t, 1, h.counter(t, "sluice_logagg_rule_failures_total"), 0)
	require.InDelta(t, 1, h.counter(t, "sluice_logagg_rule_hits_total"), 0)
}

func (h *harness) counter(t *testing.T, name string) float64 {
	t.Helper()
	families, err := h.metrics.Gather()
	require.NoError(t, err)
	for _, family := range families {
		if family.GetName() == name {
			return family.GetMetric()[0].GetCounter().GetValue()
		}
	}
	t.Fatalf("the metric %s is missing", name)
	return 0
}
