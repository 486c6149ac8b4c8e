package tests

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
)

// badLogQuery is a call that is refused.
type badLogQuery struct {
	name   string
	call   logCall
	field  string
	code   codes.Code
	reason string
}

func TestBadQueriesOfLogsAreRefused(t *testing.T) {
	s := startLogs(t)
	ctx := bounded(t)
	_, err := s.deliver(ctx, logProducer("known", 0), logFrame(1, plainLog("kept", 1).logEntry))
	require.NoError(t, err)
	tests := append(badLogFilters(), badLogRequests()...)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := requireRefused(t, tt.call(ctx, s.logsPeer), tt.code, tt.reason)
			require.Equal(t, tt.field, r.field)
		})
	}
	var want indexedLogs
	want = want.with(plainLog("kept", 1))
	s.requireSearched(ctx, t, want, nil, waitFor("known", 1))
}

func invalidLogQuery(name, field string, call logCall) badLogQuery {
	return badLogQuery{name: name, call: call, field: field, code: codes.InvalidArgument, reason: "FIELD_INVALID"}
}

func searching(request *logaggv1.SearchLogsRequest) logCall {
	return func(ctx context.Context, p logsPeer) error {
		_, _, err := p.search(ctx, request)
		return err
	}
}

func counting(request *logaggv1.GetLogStatisticsRequest) logCall {
	return func(ctx context.Context, p logsPeer) error {
		_, err := p.logs.GetLogStatistics(ctx, request)
		return err
	}
}

func deletingLogs(f *logaggv1.LogFilter) logCall {
	return func(ctx context.Context, p logsPeer) error {
		_, err := p.logs.DeleteLogs(ctx, &logaggv1.DeleteLogsRequest{Filter: f})
		return err
	}
}

func tailing(f *logaggv1.LogFilter) logCall {
	return func(ctx context.Context, p logsPeer) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		stream, err := p.logs.TailLogs(ctx, &logaggv1.TailLogsRequest{Filter: f})
		if err == nil {
			_, err = stream.Recv()
		}
		return err
	}
}

func tryingRules(request *logaggv1.TestRulesRequest) logCall {
	return func(ctx context.Context, p logsPeer) error {
		_, err := p.logs.TestRules(ctx, request)
		return err
	}
}

// badLogFilters are refused by all that takes a filter.
func badLogFilters() (tests []badLogQuery) {
	equal, regex := queryv1.MatchOperator_MATCH_OPERATOR_EQUAL, queryv1.MatchOperator_MATCH_OPERATOR_REGEX
	field := func(name, value string, operator queryv1.MatchOperator) *logaggv1.LogFilter {
		return &logaggv1.LogFilter{Fields: []*logaggv1.FieldMatcher{
			{Name: "good", Operator: equal}, {Name: name, Operator: operator, Value: value},
		}}
	}
	text := func(texts ...string) *logaggv1.LogFilter {
		f := &logaggv1.LogFilter{}
		for _, text := range texts {
			f.Texts = append(f.Texts, &logaggv1.TextMatcher{Text: text})
		}
		return f
	}
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprintf("a%d", i)
	}
	seventeen := &logaggv1.LogFilter{}
	for range 17 {
		seventeen.Fields = append(seventeen.Fields, &logaggv1.FieldMatcher{Name: "f", Operator: equal})
	}
	for name, bad := range map[string]struct {
		field  string
		filter *logaggv1.LogFilter
	}{
		"level":              {"filter.minimum_level", &logaggv1.LogFilter{MinimumLevel: 2}},
		"many_applications":  {"filter.applications", &logaggv1.LogFilter{Applications: many}},
		"application":        {"filter.applications[1]", &logaggv1.LogFilter{Applications: []string{"a", "b c"}}},
		"many_categories":    {"filter.categories", &logaggv1.LogFilter{Categories: many}},
		"long_category":      {"filter.categories[0]", &logaggv1.LogFilter{Categories: []string{strings.Repeat("c", 129)}}},
		"many_fields":        {"filter.fields", seventeen},
		"field_without_name": {"filter.fields[1].name", field("", "x", equal)},
		"field_name":         {"filter.fields[1].name", field("a b", "x", equal)},
		"no_operator":        {"filter.fields[1].operator", field("a", "x", 0)},
		"unknown_operator":   {"filter.fields[1].operator", field("a", "x", 99)},
		"pattern":            {"filter.fields[1].value", field("a", "(", regex)},
		"two_patterns":       {"filter.fields[1].value", field("a", "a)(b", regex)},
		"huge_pattern":       {"filter.fields[1].value", field("a", "((a{100}){100}){100}", regex)},
		"long_value":         {"filter.fields[1].value", field("a", strings.Repeat("v", 1001), equal)},
		"many_texts":         {"filter.texts", text(strings.Split("a b c d e f g h i", " ")...)},
		"empty_text":         {"filter.texts[1].text", text("a", "")},
		"long_text":          {"filter.texts[0].text", text(strings.Repeat("t", 1001))},
	} {
		tests = append(tests,
			invalidLogQuery("search_"+name, bad.field, searching(oldestFirst(bad.filter))),
			invalidLogQuery("statistics_"+name, bad.field, counting(&logaggv1.GetLogStatisticsRequest{Filter: bad.filter})),
			invalidLogQuery("delete_"+name, bad.field, deletingLogs(bad.filter)),
			invalidLogQuery("tail_"+name, bad.field, tailing(bad.filter)))
	}
	return tests
}

func badLogRequests() []badLogQuery {
	waiting := func(w *queryv1.WaitFor) logCall {
		return searching(&logaggv1.SearchLogsRequest{WaitFor: w})
	}
	timeout := func(d time.Duration) *queryv1.WaitFor {
		return &queryv1.WaitFor{ProducerId: "known", Sequence: 2, Timeout: durationpb.New(d)}
	}
	backwards := &logaggv1.LogFilter{StartTime: new(int64(2)), EndTime: new(int64(1))}
	return []badLogQuery{
		invalidLogQuery("search_ends_before_it_begins", "filter.end_time", searching(oldestFirst(backwards))),
		invalidLogQuery("statistics_end_before_they_begin", "filter.end_time", counting(&logaggv1.GetLogStatisticsRequest{Filter: backwards})),
		invalidLogQuery("delete_ends_before_it_begins", "filter.end_time", deletingLogs(backwards)),
		invalidLogQuery("delete_of_nothing_named", "filter", deletingLogs(nil)),
		invalidLogQuery("delete_of_empty_filter", "filter", deletingLogs(&logaggv1.LogFilter{})),
		invalidLogQuery("tail_with_a_start", "filter", tailing(&logaggv1.LogFilter{StartTime: new(int64(1))})),
		invalidLogQuery("tail_with_an_end", "filter", tailing(&logaggv1.LogFilter{EndTime: new(int64(1))})),
		invalidLogQuery("unknown_order", "order", searching(&logaggv1.SearchLogsRequest{Order: 99})),
		invalidLogQuery("negative_limit", "limit", searching(&logaggv1.SearchLogsRequest{Limit: -1})),
		invalidLogQuery("cursor_of_nothing", "cursor", searching(&logaggv1.SearchLogsRequest{Cursor: "x"})),
		invalidLogQuery("short_bucket", "bucket_duration", counting(&logaggv1.GetLogStatisticsRequest{BucketDuration: 999_999})),
		invalidLogQuery("negative_bucket", "bucket_duration", counting(&logaggv1.GetLogStatisticsRequest{BucketDuration: -1})),
		invalidLogQuery("many_groups", "by_fields", counting(&logaggv1.GetLogStatisticsRequest{ByFields: strings.Split("a b c d e", " ")})),
		invalidLogQuery("group_that_is_no_name", "by_fields[0]", counting(&logaggv1.GetLogStatisticsRequest{ByFields: []string{"a b"}})),
		invalidLogQuery("wait_for_bad_name", "wait_for.producer_id", waiting(waitFor("a b", 1))),
		invalidLogQuery("wait_for_no_frame", "wait_for.sequence", waiting(waitFor("known", 0))),
		invalidLogQuery("wait_too_long", "wait_for.timeout", waiting(timeout(61*time.Second))),
		{"wait_for_a_stranger", waiting(waitFor("stranger", 1)), "wait_for.producer_id", codes.NotFound, "PRODUCER_NOT_FOUND"},
		{"wait_in_vain", waiting(timeout(30 * time.Millisecond)), "", codes.DeadlineExceeded, "POSITION_NOT_REACHED"},
		invalidLogQuery("many_entries_on_trial", "entries", tryingRules(&logaggv1.TestRulesRequest{Entries: make([]*logEntry, 1001)})),
		invalidLogQuery("rules_that_are_none", "rules", tryingRules(&logaggv1.TestRulesRequest{Rules: "filter: ["})),
	}
}

// TestCursorOfAnotherOrderIsRefused goes on in the other order.
func TestCursorOfAnotherOrderIsRefused(t *testing.T) {
	s := startLogs(t)
	ctx := bounded(t)
	_, err := s.deliver(ctx, logProducer("p", 0), logFrame(1, logEntries(plainLogs("a", 0, 3))...))
	require.NoError(t, err)
	request := oldestFirst(nil)
	request.Limit, request.WaitFor = 1, waitFor("p", 1)
	_, cursor, err := s.search(ctx, request)
	require.NoError(t, err)
	require.NotEmpty(t, cursor)
	_, _, err = s.search(ctx, &logaggv1.SearchLogsRequest{Cursor: cursor})
	r := requireRefused(t, err, codes.InvalidArgument, "FIELD_INVALID")
	require.Equal(t, "cursor", r.field)
}

// TestStatisticsOfManyGroupsAreRefused asks for more rows than are answered.
func TestStatisticsOfManyGroupsAreRefused(t *testing.T) {
	s := startLogs(t)
	ctx := bounded(t)
	const entries, frame = 10_001, 1000
	stream, _ := s.mustOpen(ctx, t, logProducer("p", 0))
	for from := int64(0); from < entries; from += frame {
		require.NoError(t, stream.send(logFrame(from/frame+1, logEntries(plainLogs("a", from, min(entries, from+frame)))...)))
	}
	receipt, err := stream.finish()
	require.NoError(t, err)
	request := &logaggv1.GetLogStatisticsRequest{BucketDuration: int64(time.Millisecond), WaitFor: waitFor("p", receipt.GetPosition().GetDurable())}
	_, err = s.logs.GetLogStatistics(ctx, request)
	requireRefused(t, err, codes.ResourceExhausted, "QUERY_TOO_LARGE")
	request.Filter = &logaggv1.LogFilter{StartTime: new(plainLog("a", 1).GetTimestamp())}
	answer, err := s.logs.GetLogStatistics(ctx, request)
	require.NoError(t, err)
	require.Len(t, answer.GetStatistics(), 10_000)
}
