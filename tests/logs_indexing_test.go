package tests

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/client"
)

func testFilteringAndIndexing(t *testing.T, a *aggregation) {
	t.Helper()
	ctx := bounded(t)
	entries, want := a.makeLogs("idx", 3)
	id := uuid.NewString()
	result, err := a.sdk(t, a.options...).SendLogs(ctx, sdkEntries(logEntries(entries)), client.WithProducer(id, 0))
	require.NoError(t, err)
	wait := waitFor(id, result.Position.Durable)
	a.requireIndexed(ctx, t, "idx", want, wait)
	t.Run("rules_on_trial", func(t *testing.T) { testRulesOnTrial(t, a, entries) })
	t.Run("search", func(t *testing.T) { testLogSearch(t, a, want) })
	t.Run("search_with_the_SDK", func(t *testing.T) { testLogSearchWithSDK(t, a, want) })
	t.Run("statistics", func(t *testing.T) { testLogStatistics(t, a, want) })
	t.Run("delete", func(t *testing.T) { testLogDelete(t, a, want) })
}

// ofPrefix selects the entries of a batch.
func ofPrefix(prefix string) *logaggv1.LogFilter {
	f := &logaggv1.LogFilter{}
	for i := range 7 {
		f.Applications = append(f.Applications, fmt.Sprintf("%s-%d", prefix, i))
	}
	return f
}

// requireIndexed wants the applications with the prefix to hold exactly a batch,
// in the order in which it was sent.
func (p logsPeer) requireIndexed(ctx context.Context, t *testing.T, prefix string, want indexedLogs, wait *queryv1.WaitFor) {
	t.Helper()
	request := oldestFirst(ofPrefix(prefix))
	request.WaitFor = wait
	requireLogsInOrder(t, want.oldestFirst(), p.searchAll(ctx, t, request, 1000))
}

// testRulesOnTrial wants the rules in use to make of entries what they made of
// them when they were sent.
func testRulesOnTrial(t *testing.T, a *aggregation, entries []sentEntry) {
	t.Helper()
	ctx := bounded(t)
	const most = 40 // with the longest of faults they fit into a message
	trial := entries[:most]
	answer, err := a.logs.TestRules(ctx, &logaggv1.TestRulesRequest{Entries: logEntries(trial)})
	require.NoError(t, err)
	require.Len(t, answer.GetResults(), most)
	for i, result := range answer.GetResults() {
		switch {
		case trial[i].fault != nil:
			require.Equal(t, logaggv1.RuleOutcome_RULE_OUTCOME_REJECTED, result.GetOutcome())
			require.Equal(t, trial[i].fault.reason, result.GetError().GetReason())
		case trial[i].want == nil:
			require.Equal(t, logaggv1.RuleOutcome_RULE_OUTCOME_FILTERED, result.GetOutcome())
		default:
			require.Equal(t, logaggv1.RuleOutcome_RULE_OUTCOME_INDEXED, result.GetOutcome())
			require.Equal(t, textOf(trial[i].want), textOf(result.GetEntry()))
		}
		var hits []ruleName
		for _, hit := range result.GetHits() {
			hits = append(hits, ruleNameOf(hit.GetStage(), hit.GetRule()))
		}
		require.ElementsMatch(t, trial[i].hits, hits, "%v", trial[i].logEntry)
	}
	_, err = a.logs.TestRules(ctx, &logaggv1.TestRulesRequest{Rules: "filter:\n  - {name: x, when: mesage == \"a\", action: drop}\n"})
	r := refusalOf(err)
	require.Equal(t, "FIELD_INVALID", r.reason)
	require.Equal(t, "rules", r.field)
	require.Contains(t, r.text, "line 2")
}

// logFilters are conditions of every kind on a batch.
func logFilters(prefix string) map[string]*logaggv1.LogFilter {
	middle := logStart + logBatch/4*int64(time.Second)
	field := func(name, value string, operator queryv1.MatchOperator) []*logaggv1.FieldMatcher {
		return []*logaggv1.FieldMatcher{{Name: name, Value: value, Operator: operator}}
	}
	text := func(m ...*logaggv1.TextMatcher) []*logaggv1.TextMatcher { return m }
	filters := map[string]*logaggv1.LogFilter{
		"all":                {},
		"from":               {StartTime: new(middle)},
		"to":                 {EndTime: new(middle)},
		"span":               {StartTime: new(middle - int64(time.Minute)), EndTime: new(middle + int64(time.Minute))},
		"one_moment":         {StartTime: new(middle), EndTime: new(middle + 1)},
		"no_application":     {Applications: []string{"nobody"}},
		"applications":       {Applications: []string{prefix + "-1", prefix + "-5"}},
		"minimum_trace":      {MinimumLevel: logaggv1.Level_LEVEL_TRACE},
		"minimum_info":       {MinimumLevel: logaggv1.Level_LEVEL_INFO},
		"minimum_error":      {MinimumLevel: logaggv1.Level_LEVEL_ERROR},
		"minimum_fatal":      {MinimumLevel: logaggv1.Level_LEVEL_FATAL},
		"category":           {Categories: []string{"security"}},
		"categories":         {Categories: []string{"security", ""}},
		"field":              {Fields: field("host", "größer", queryv1.MatchOperator_MATCH_OPERATOR_EQUAL)},
		"field_not":          {Fields: field("host", "web-1", queryv1.MatchOperator_MATCH_OPERATOR_NOT_EQUAL)},
		"field_missing":      {Fields: field("host", "", queryv1.MatchOperator_MATCH_OPERATOR_EQUAL)},
		"field_there":        {Fields: field("host", "", queryv1.MatchOperator_MATCH_OPERATOR_NOT_EQUAL)},
		"field_pattern":      {Fields: field("host", "web-.|gr.*r", queryv1.MatchOperator_MATCH_OPERATOR_REGEX)},
		"field_part":         {Fields: field("host", "web", queryv1.MatchOperator_MATCH_OPERATOR_REGEX)},
		"field_not_pattern":  {Fields: field("trace", "trace-[0-7]", queryv1.MatchOperator_MATCH_OPERATOR_NOT_REGEX)},
		"field_of_no_entry":  {Fields: field("nothing", "x", queryv1.MatchOperator_MATCH_OPERATOR_EQUAL)},
		"text":               {Texts: text(&logaggv1.TextMatcher{Text: "Failed password"})},
		"text_of_many_lines": {Texts: text(&logaggv1.TextMatcher{Text: "gone\nmark"})},
		"text_other_case":    {Texts: text(&logaggv1.TextMatcher{Text: "failed PASSWORD"})},
		"text_any_case":      {Texts: text(&logaggv1.TextMatcher{Text: "failed PASSWORD", IgnoreCase: true})},
		"text_not":           {Texts: text(&logaggv1.TextMatcher{Text: "mark=" + prefix + "-1", Negated: true})},
		"text_like_a_pattern": {Texts: text(&logaggv1.TextMatcher{Text: "%"}, &logaggv1.TextMatcher{Text: "_"},
			&logaggv1.TextMatcher{Text: "' OR 1=1 --"})},
		"texts": {Texts: text(&logaggv1.TextMatcher{Text: "mark"}, &logaggv1.TextMatcher{Text: "ITEMS", IgnoreCase: true},
			&logaggv1.TextMatcher{Text: "7", Negated: true})},
		"redacted_text": {Texts: text(&logaggv1.TextMatcher{Text: "[redacted:credentials]"})},
		"secret":        {Texts: text(&logaggv1.TextMatcher{Text: "hunter2"})},
		"several": {
			StartTime: new(middle - int64(5*time.Minute)), EndTime: new(middle + int64(5*time.Minute)),
			Applications: []string{prefix + "-2", prefix + "-3", prefix + "-4"}, MinimumLevel: logaggv1.Level_LEVEL_INFO,
			Categories: []string{""}, Fields: field("zone", "eu-.", queryv1.MatchOperator_MATCH_OPERATOR_REGEX),
			Texts: text(&logaggv1.TextMatcher{Text: "mark"}),
		},
	}
	for _, f := range filters {
		if f.Applications == nil {
			f.Applications = ofPrefix(prefix).GetApplications()
		}
	}
	return filters
}

func testLogSearch(t *testing.T, a *aggregation, want indexedLogs) {
	t.Helper()
	found := 0
	for name, f := range logFilters("idx") {
		t.Run(name, func(t *testing.T) {
			ctx := bounded(t)
			selected := want.selected(f)
			found += len(selected)
			oldest, cursor, err := a.search(ctx, oldestFirst(f))
			require.NoError(t, err)
			require.Empty(t, cursor)
			requireLogsInOrder(t, selected.oldestFirst(), oldest)
			newest, cursor, err := a.search(ctx, &logaggv1.SearchLogsRequest{Filter: f})
			require.NoError(t, err)
			require.Empty(t, cursor)
			requireLogsInOrder(t, selected.newestFirst(), newest)
			for _, limit := range []int64{1, 7, int64(len(selected))} {
				if limit > 0 && int64(len(selected))/limit < 60 {
					requireLogsInOrder(t, selected.oldestFirst(), a.searchAll(ctx, t, oldestFirst(f), limit))
					requireLogsInOrder(t, selected.newestFirst(), a.searchAll(ctx, t, &logaggv1.SearchLogsRequest{Filter: f}, limit))
				}
			}
		})
	}
	require.Greater(t, found, len(want))
}

func testLogSearchWithSDK(t *testing.T, a *aggregation, want indexedLogs) {
	t.Helper()
	c := a.sdk(t, a.options...)
	search := client.LogSearch{Filter: client.LogFilter{
		Applications: ofPrefix("idx").GetApplications(), MinimumLevel: client.LevelInfo,
		Texts: []*client.TextMatcher{{Text: "mark"}},
	}, Limit: 100}
	f := ofPrefix("idx")
	f.MinimumLevel = logaggv1.Level_LEVEL_INFO
	selected := want.selected(f).newestFirst()
	var got indexedLogs
	for pages := 0; ; pages++ {
		require.LessOrEqual(t, pages, len(selected)/100+1)
		for r, err := range c.SearchLogs(bounded(t), search, client.WithNextCursor(&search.Cursor)) {
			require.NoError(t, err)
			got = append(got, &logRecord{
				Application: r.Application, Level: logaggv1.Level(r.Level), Timestamp: r.Time.UnixNano(), Message: r.Message,
				Fields: r.Fields, Category: r.Category, Redacted: r.Redacted,
			})
		}
		if search.Cursor == "" {
			break
		}
	}
	requireLogsInOrder(t, selected, got)
}

func testLogStatistics(t *testing.T, a *aggregation, want indexedLogs) {
	t.Helper()
	groupings := map[string]logGrouping{
		"all": {}, "level": {level: true}, "application": {application: true}, "category": {category: true},
		"field": {fields: []string{"host"}}, "fields": {fields: []string{"zone", "nothing", "host"}},
		"bucket": {bucket: 7 * time.Minute},
		"everything": {
			level: true, application: true, category: true, fields: []string{"host"}, bucket: 30 * time.Minute,
		},
	}
	for name, g := range groupings {
		t.Run(name, func(t *testing.T) {
			filters := logFilters("idx")
			for _, name := range []string{"all", "span", "minimum_info", "categories", "field_not_pattern", "text_not", "several", "secret"} {
				a.requireLogStatistics(bounded(t), t, want, filters[name], g)
			}
		})
	}
}

// testLogDelete deletes some of the batch after the other, and all at last.
func testLogDelete(t *testing.T, a *aggregation, want indexedLogs) {
	t.Helper()
	ctx := bounded(t)
	filters := logFilters("idx")
	for _, name := range []string{"no_application", "one_moment", "category", "field", "text_any_case", "several", "minimum_error", "all"} {
		var selected int64
		want, selected = want.remove(filters[name])
		deleted, err := a.logs.DeleteLogs(ctx, &logaggv1.DeleteLogsRequest{Filter: filters[name]})
		require.NoError(t, err)
		require.Equal(t, selected, deleted.GetDeletedCount(), name)
		a.requireSearched(ctx, t, want, ofPrefix("idx"), nil)
		a.requireLogStatistics(ctx, t, want, ofPrefix("idx"), logGrouping{level: true, category: true})
	}
	require.Empty(t, want)
}
