package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/testkit/rpctest"
)

// numbers are entries whose messages are the numbers from 0 on, two in each
// second.
func numbers(count int) []*logaggv1.LogEntry {
	var entries []*logaggv1.LogEntry
	for i := range count {
		entries = append(entries, entry(int64(i/2), []string{"debug", "info", "error"}[i%3], fmt.Sprint(i), "host", fmt.Sprintf("h-%d", i%4)))
	}
	return entries
}

func TestASearchGoesOnAtItsCursor(t *testing.T) {
	h := newHarness(t)
	h.collect(t.Context(), t, "p", numbers(25))
	_, err := h.logs.FlushLogs(t.Context(), &logaggv1.FlushLogsRequest{})
	require.NoError(t, err)
	for _, order := range []logaggv1.SearchOrder{
		logaggv1.SearchOrder_SEARCH_ORDER_OLDEST_FIRST, logaggv1.SearchOrder_SEARCH_ORDER_NEWEST_FIRST,
	} {
		whole := messages(h.search(t.Context(), t, &logaggv1.SearchLogsRequest{Order: order}))
		require.Len(t, whole, 25)
		var pieces []string
		cursor := ""
		for {
			found, next, err := h.trySearch(t.Context(), t, &logaggv1.SearchLogsRequest{Order: order, Limit: 7, Cursor: cursor})
			require.NoError(t, err)
			require.LessOrEqual(t, len(found), 7)
			pieces = append(pieces, messages(found)...)
			if cursor = next; cursor == "" {
				break
			}
		}
		require.Equal(t, whole, pieces)
	}
	newest := messages(h.search(t.Context(), t, &logaggv1.SearchLogsRequest{Limit: 3}))
	require.Equal(t, []string{"24", "23", "22"}, newest)
}

func TestALongAnswerComesInParts(t *testing.T) {
	h := newHarness(t)
	var frames [][]*logaggv1.LogEntry
	for i := range 20 {
		frames = append(frames, []*logaggv1.LogEntry{entry(int64(i), "info", strings.Repeat("x", 200<<10))})
	}
	h.collect(t.Context(), t, "p", frames...)
	require.Len(t, h.search(t.Context(), t, &logaggv1.SearchLogsRequest{WaitFor: wait("p", 20)}), 20)
}

func TestEntriesAreCountedByGroupAndBucket(t *testing.T) {
	h := newHarness(t)
	h.collect(t.Context(), t, "p", numbers(12))
	count := func(request *logaggv1.GetLogStatisticsRequest) (lines []string) {
		request.WaitFor = wait("p", 1)
		response, err := h.logs.GetLogStatistics(t.Context(), request)
		require.NoError(t, err)
		for _, row := range response.GetStatistics() {
			start := int64(0)
			if row.GetStartTime() != 0 {
				start = (row.GetStartTime() - began) / int64(time.Second)
			}
			lines = append(lines, fmt.Sprintf("%v %s %q %d: %d", row.GetLevel(), row.GetApplication(), row.GetFieldValues(), start, row.GetCount()))
		}
		return lines
	}
	require.Equal(t, []string{`LEVEL_UNSPECIFIED  [] 0: 12`}, count(&logaggv1.GetLogStatisticsRequest{}))
	require.Equal(t, []string{`LEVEL_DEBUG a [] 0: 4`, `LEVEL_INFO a [] 0: 4`, `LEVEL_ERROR a [] 0: 4`},
		count(&logaggv1.GetLogStatisticsRequest{ByLevel: true, ByApplication: true}))
	require.Equal(t, []string{
		`LEVEL_UNSPECIFIED  ["h-0"] 0: 2`, `LEVEL_UNSPECIFIED  ["h-0"] 4: 1`, `LEVEL_UNSPECIFIED  ["h-1"] 0: 2`, `LEVEL_UNSPECIFIED  ["h-1"] 4: 1`,
		`LEVEL_UNSPECIFIED  ["h-2"] 0: 2`, `LEVEL_UNSPECIFIED  ["h-2"] 4: 1`, `LEVEL_UNSPECIFIED  ["h-3"] 0: 2`, `LEVEL_UNSPECIFIED  ["h-3"] 4: 1`,
	}, count(&logaggv1.GetLogStatisticsRequest{ByFields: []string{"host"}, BucketDuration: int64(4 * time.Second)}))
}

func TestADeletionDeletesWhatItSelects(t *testing.T) {
	h := newHarness(t)
	h.collect(t.Context(), t, "p", numbers(12))
	response, err := h.logs.DeleteLogs(t.Context(), &logaggv1.DeleteLogsRequest{
		Filter: &logaggv1.LogFilter{MinimumLevel: logaggv1.Level_LEVEL_ERROR},
	})
	require.NoError(t, err)
	require.Equal(t, int64(4), response.GetDeletedCount())
	require.Len(t, h.search(t.Context(), t, &logaggv1.SearchLogsRequest{}), 8)
	h.collect(t.Context(), t, "p", []*logaggv1.LogEntry{entry(99, "error", "after it")})
	found := h.search(t.Context(), t, &logaggv1.SearchLogsRequest{Limit: 1, WaitFor: wait("p", 2)})
	require.Equal(t, []string{"after it"}, messages(found))
	require.Equal(t, int64(13), found[0].GetEntryId(), "numbers are not given again")
}

func TestCallsThatCannotBe(t *testing.T) {
	h := newHarness(t)
	search := func(r *logaggv1.SearchLogsRequest) func() error {
		return func() error {
			_, _, err := h.trySearch(t.Context(), t, r)
			return err
		}
	}
	statistics := func(r *logaggv1.GetLogStatisticsRequest) func() error {
		return func() error {
			_, err := h.logs.GetLogStatistics(t.Context(), r)
			return err
		}
	}
	remove := func(f *logaggv1.LogFilter) func() error {
		return func() error {
			_, err := h.logs.DeleteLogs(t.Context(), &logaggv1.DeleteLogsRequest{Filter: f})
			return err
		}
	}
	tail := func(f *logaggv1.LogFilter) func() error {
		return func() error {
			rpc, err := h.logs.TailLogs(t.Context(), &logaggv1.TailLogsRequest{Filter: f})
			require.NoError(t, err)
			_, err = rpc.Recv()
			return err
		}
	}
	test := func(r *logaggv1.TestRulesRequest) func() error {
		return func() error {
			_, err := h.logs.TestRules(t.Context(), r)
			return err
		}
	}
	badLevel := &logaggv1.LogFilter{MinimumLevel: 2}
	for name, c := range map[string]struct {
		call  func() error
		field string
	}{
		"search: filter":       {search(&logaggv1.SearchLogsRequest{Filter: badLevel}), "filter.minimum_level"},
		"search: order":        {search(&logaggv1.SearchLogsRequest{Order: 7}), "order"},
		"search: limit":        {search(&logaggv1.SearchLogsRequest{Limit: -1}), "limit"},
		"search: cursor":       {search(&logaggv1.SearchLogsRequest{Cursor: "x"}), "cursor"},
		"search: wait":         {search(&logaggv1.SearchLogsRequest{WaitFor: &queryv1.WaitFor{}}), "wait_for.producer_id"},
		"statistics: filter":   {statistics(&logaggv1.GetLogStatisticsRequest{Filter: badLevel}), "filter.minimum_level"},
		"statistics: bucket":   {statistics(&logaggv1.GetLogStatisticsRequest{BucketDuration: 5}), "bucket_duration"},
		"statistics: field":    {statistics(&logaggv1.GetLogStatisticsRequest{ByFields: []string{"a", ""}}), "by_fields[1]"},
		"statistics: repeated": {statistics(&logaggv1.GetLogStatisticsRequest{ByFields: []string{"a", "a"}}), "by_fields[1]"},
		"statistics: fields":   {statistics(&logaggv1.GetLogStatisticsRequest{ByFields: slices.Repeat([]string{"a"}, 5)}), "by_fields"},
		"delete: no condition": {remove(nil), "filter"},
		"delete: filter":       {remove(badLevel), "filter.minimum_level"},
		"tail: a time":         {tail(&logaggv1.LogFilter{StartTime: proto.Int64(5)}), "filter"},
		"tail: filter":         {tail(badLevel), "filter.minimum_level"},
		"rules: too many":      {test(&logaggv1.TestRulesRequest{Entries: slices.Repeat([]*logaggv1.LogEntry{{}}, 1001)}), "entries"},
		"rules: not valid":     {test(&logaggv1.TestRulesRequest{Rules: "filters: []"}), "rules"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, rpctest.Refusal{Code: codes.InvalidArgument, Reason: "FIELD_INVALID", Field: c.field}, rpctest.RefusalOf(t, c.call()))
		})
	}
}

func TestATenantSeesOnlyItsOwn(t *testing.T) {
	h := newHarness(t)
	acme, other := rpctest.As(t.Context(), "acme", "alice"), rpctest.As(t.Context(), "other", "alice")
	h.collect(acme, t, "p", numbers(5))
	h.collect(other, t, "p", []*logaggv1.LogEntry{entry(0, "info", "mine")})
	_, err := h.logs.FlushLogs(other, &logaggv1.FlushLogsRequest{})
	require.NoError(t, err)
	require.Equal(t, []string{"mine"}, messages(h.search(other, t, &logaggv1.SearchLogsRequest{})))
	statistics, err := h.logs.GetLogStatistics(other, &logaggv1.GetLogStatisticsRequest{})
	require.NoError(t, err)
	require.Equal(t, int64(1), statistics.GetStatistics()[0].GetCount())
	deleted, err := h.logs.DeleteLogs(other, &logaggv1.DeleteLogsRequest{Filter: &logaggv1.LogFilter{StartTime: proto.Int64(0)}})
	require.NoError(t, err)
	require.Equal(t, int64(1), deleted.GetDeletedCount())
	require.Len(t, h.search(acme, t, &logaggv1.SearchLogsRequest{}), 5)
	require.Empty(t, h.search(t.Context(), t, &logaggv1.SearchLogsRequest{}), "nor does the anonymous one see anything")
}

// A deletion is journaled as it is asked for.
func TestADeletionWithASecretIsRefused(t *testing.T) {
	h := newHarness(t)
	for name, filter := range map[string]*logaggv1.LogFilter{
		"text":  {Texts: []*logaggv1.TextMatcher{{Text: "password=hunter2hunter2"}}},
		"field": {Fields: []*logaggv1.FieldMatcher{{Name: "password", Operator: queryv1.MatchOperator_MATCH_OPERATOR_EQUAL, Value: "hunter2hunter2"}}},
	} {
		t.Run(name, func(t *testing.T) {
			before := h.journal.Durable()
			_, err := h.logs.DeleteLogs(t.Context(), &logaggv1.DeleteLogsRequest{Filter: filter})
			require.Equal(t, codes.InvalidArgument, rpctest.RefusalOf(t, err).Code)
			require.NotContains(t, err.Error(), "hunter2")
			require.Equal(t, before, h.journal.Durable())
		})
	}
}
