package tests

import (
	"maps"
	"slices"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

// logTally is what a stream has brought, as its receipt should tell it.
type logTally struct {
	indexed, filtered, redacted, duplicates int64

	rejected map[logReason]int64
	// listed are the first rejected entries, without their descriptions.
	listed []*logaggv1.LogError
	hits   map[ruleName]int64
}

func newLogTally() *logTally {
	return &logTally{rejected: map[logReason]int64{}, hits: map[ruleName]int64{}}
}

// take counts a new frame.
func (y *logTally) take(sequence int64, entries []sentEntry) {
	for i, e := range entries {
		for _, rule := range e.hits {
			y.hits[rule]++
		}
		switch {
		case e.fault != nil:
			y.reject(sequence, i, e.fault)
		case e.want == nil:
			y.filtered++
		default:
			y.indexed++
			if e.want.GetRedacted() {
				y.redacted++
			}
		}
	}
}

func (y *logTally) reject(sequence int64, index int, f *logFault) {
	y.rejected[f.reason]++
	if len(y.listed) < maxListedErrors {
		y.listed = append(y.listed, &logaggv1.LogError{
			Sequence: sequence, Index: int32(index), Field: f.field, Reason: f.reason,
		})
	}
}

func (y *logTally) status(rejected int64) logaggv1.CollectionStatus {
	switch {
	case rejected == 0:
		return logaggv1.CollectionStatus_COLLECTION_STATUS_COMPLETE
	case y.indexed+y.filtered+y.duplicates == 0:
		return logaggv1.CollectionStatus_COLLECTION_STATUS_REJECTED
	default:
		return logaggv1.CollectionStatus_COLLECTION_STATUS_PARTIAL
	}
}

// requireReceipt wants a receipt to tell what the stream has brought.
func (y *logTally) requireReceipt(t tester, got *logsReceipt) {
	t.Helper()
	rejected, counts := logErrorCounts(y.rejected)
	require.Equal(t, y.indexed, got.GetIndexedCount(), "indexed")
	require.Equal(t, y.filtered, got.GetFilteredCount(), "filtered")
	require.Equal(t, rejected, got.GetRejectedCount(), "rejected")
	require.Equal(t, y.duplicates, got.GetDuplicateCount(), "duplicates")
	require.Equal(t, y.redacted, got.GetRedactedCount(), "redacted")
	require.Equal(t, y.indexed+y.filtered+rejected+y.duplicates, got.GetTotalReceived(), "all")
	require.Equal(t, y.status(rejected), got.GetStatus())
	requireLogErrorCounts(t, counts, got.GetErrorCounts())
	requireLogErrors(t, y.listed, got.GetErrors())
	requireRuleCounts(t, y.hits, got.GetRuleCounts())
	require.NoError(t, got.GetProcessingTime().CheckValid())
	require.Positive(t, got.GetProcessingTime().AsDuration())
}

// totals are the tally as that of an epoch.
func (y *logTally) totals(epoch int64) *logaggv1.EpochTotals {
	rejected, counts := logErrorCounts(y.rejected)
	return &logaggv1.EpochTotals{
		Epoch: epoch, IndexedCount: y.indexed, FilteredCount: y.filtered, RejectedCount: rejected,
		RedactedCount: y.redacted, ErrorCounts: counts,
	}
}

func requireTotals(t tester, want, got *logaggv1.EpochTotals) {
	t.Helper()
	require.True(t, proto.Equal(want, got), "want the totals %v, got %v", want, got)
}

// logErrorCounts are in the order of the reasons.
func logErrorCounts(byReason map[logReason]int64) (total int64, counts []*logaggv1.LogErrorCount) {
	for _, reason := range slices.Sorted(maps.Keys(byReason)) {
		total += byReason[reason]
		counts = append(counts, &logaggv1.LogErrorCount{Reason: reason, Count: byReason[reason]})
	}
	return total, counts
}

func requireLogErrorCounts(t tester, want, got []*logaggv1.LogErrorCount) {
	t.Helper()
	equal := func(a, b *logaggv1.LogErrorCount) bool { return proto.Equal(a, b) }
	require.True(t, slices.EqualFunc(want, got, equal), "rejected by reason: want %v, got %v", want, got)
}

// requireLogErrors compares all but the descriptions, which have to be there.
func requireLogErrors(t tester, want, got []*logaggv1.LogError) {
	t.Helper()
	require.Len(t, got, len(want), "listed errors")
	for i, one := range got {
		require.NotEmpty(t, one.GetDescription())
		bare := proto.CloneOf(one)
		bare.Description = ""
		require.True(t, proto.Equal(want[i], bare), "error %d: want %v, got %v", i, want[i], one)
	}
}

// requireRuleCounts wants the rules that hit, in their order.
func requireRuleCounts(t tester, want map[ruleName]int64, got []*logaggv1.RuleCount) {
	t.Helper()
	counts := map[ruleName]int64{}
	var order []int
	for _, c := range got {
		name := ruleNameOf(c.GetStage(), c.GetRule())
		counts[name] = c.GetCount()
		order = append(order, slices.Index(knownRules, name))
	}
	require.Equal(t, want, counts, "hits by rule")
	require.Len(t, got, len(counts), "each rule once")
	require.True(t, slices.IsSorted(order), "in the order of the rules: %v", got)
}
