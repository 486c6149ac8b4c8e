package api_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/principal"
)

// oddApplications would be selected by more, or fewer, patterns were those of SQL
// or of regular expressions.
var oddApplications = []string{"a_.:/@-", "a_.", "aX.b", "a", "ab", "b", "a__", "A"}

func applicationsGranted(patterns ...string) principal.Grants {
	return principal.Grants{Applications: patterns}
}

func entryOf(application string, second int64) *logaggv1.LogEntry {
	e := entry(second, "info", "of "+application)
	e.Application = application
	return e
}

// storeOdd stores an entry of each of the odd applications.
func storeOdd(t testing.TB, h *harness) {
	t.Helper()
	var entries []*logaggv1.LogEntry
	for i, application := range oddApplications {
		entries = append(entries, entryOf(application, int64(i)))
	}
	receipt := h.collect(t.Context(), t, "odd", entries)
	require.Equal(t, int64(len(entries)), receipt.GetIndexedCount(), "%v", receipt.GetErrors())
	_, err := h.logs.FlushLogs(t.Context(), &logaggv1.FlushLogsRequest{})
	require.NoError(t, err)
}

func TestAnEntryOfAnotherApplicationIsRejected(t *testing.T) {
	h := newHarness(t)
	ctx := granted(t.Context(), t, applicationsGranted("a_.*", "b"))
	receipt := h.collect(ctx, t, "p",
		[]*logaggv1.LogEntry{entryOf("b", 0), entryOf("bb", 0), entryOf("a_.x", 0)},
		[]*logaggv1.LogEntry{entryOf("aX.b", 0), entryOf("", 0)})
	require.Equal(t, int64(2), receipt.GetIndexedCount())
	require.Equal(t, int64(3), receipt.GetRejectedCount())
	refused := receipt.GetErrors()[0]
	require.Equal(t, int32(1), refused.GetIndex())
	require.Equal(t, "application", refused.GetField())
	require.Equal(t, logaggv1.LogErrorReason(12), refused.GetReason())
	require.Contains(t, refused.GetDescription(), "is not among the applications")
	require.Equal(t, int64(2), receipt.GetErrorCounts()[1].GetCount())
	require.Len(t, h.search(t.Context(), t, &logaggv1.SearchLogsRequest{WaitFor: wait("p", 2)}), 2)
}

func TestAConfinedPrincipalSeesItsApplicationsOnly(t *testing.T) {
	h := newHarness(t)
	storeOdd(t, h)
	ctx := granted(t.Context(), t, applicationsGranted("a_.*"))
	require.Equal(t, []string{"of a_.", "of a_.:/@-"}, messages(h.search(ctx, t, &logaggv1.SearchLogsRequest{})))
	require.Empty(t, h.search(ctx, t, &logaggv1.SearchLogsRequest{Filter: &logaggv1.LogFilter{Applications: []string{"b"}}}))
	counted, err := h.logs.GetLogStatistics(ctx, &logaggv1.GetLogStatisticsRequest{})
	require.NoError(t, err)
	require.Equal(t, int64(2), counted.GetStatistics()[0].GetCount())
	grouped, err := h.logs.GetLogStatistics(ctx, &logaggv1.GetLogStatisticsRequest{ByApplication: true})
	require.NoError(t, err)
	require.Len(t, grouped.GetStatistics(), 2)
}

func TestAConfinedTailShowsItsApplicationsOnly(t *testing.T) {
	h := newHarness(t)
	tail, err := h.logs.TailLogs(granted(t.Context(), t, applicationsGranted("a_.*")), &logaggv1.TailLogsRequest{})
	require.NoError(t, err)
	_, err = tail.Recv()
	require.NoError(t, err)
	storeOdd(t, h)
	shown, err := tail.Recv()
	require.NoError(t, err)
	require.Equal(t, []string{"of a_.:/@-", "of a_."}, messages(shown.GetEntries()))
}

func TestAConfinedPrincipalDeletesOfItsApplicationsOnly(t *testing.T) {
	h := newHarness(t)
	storeOdd(t, h)
	ctx := granted(t.Context(), t, applicationsGranted("a_.*", "b"))
	deleted, err := h.logs.DeleteLogs(ctx, &logaggv1.DeleteLogsRequest{Filter: &logaggv1.LogFilter{StartTime: proto.Int64(0)}})
	require.NoError(t, err)
	require.Equal(t, int64(3), deleted.GetDeletedCount())
	require.Len(t, h.search(t.Context(), t, &logaggv1.SearchLogsRequest{}), len(oddApplications)-3)
	deleted, err = h.logs.DeleteLogs(ctx, &logaggv1.DeleteLogsRequest{Filter: &logaggv1.LogFilter{Applications: []string{"a", "ab"}}})
	require.NoError(t, err)
	require.Zero(t, deleted.GetDeletedCount())
}

func TestAConfinedPrincipalSeesExactlyWhatAReferenceKeeps(t *testing.T) {
	h := newHarness(t)
	storeOdd(t, h)
	everything := h.search(t.Context(), t, &logaggv1.SearchLogsRequest{})
	rapid.Check(t, func(r *rapid.T) {
		grants := applicationsGranted(rapid.SliceOfN(rapid.StringMatching(`[aAb_.:X%]{1,3}\*?`), 0, 3).Draw(r, "applications")...)
		want := messages(slices.DeleteFunc(slices.Clone(everything), func(e *logaggv1.LogRecord) bool {
			return !grants.Applications.Allow(e.GetApplication())
		}))
		seen := messages(h.search(granted(t.Context(), r, grants), t, &logaggv1.SearchLogsRequest{}))
		require.Equal(r, want, seen)
	})
}
