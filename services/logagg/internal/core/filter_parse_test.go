package core_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

func TestNoFilterSelectsAll(t *testing.T) {
	for _, f := range []*logaggv1.LogFilter{nil, {}} {
		parsed, err := core.ParseFilter(f, nil)
		require.NoError(t, err)
		require.Equal(t, core.Filter{Start: math.MinInt64, End: math.MaxInt64}, parsed)
		require.True(t, parsed.Match(&entry.Entry{}))
	}
}

func TestAFilterSelectsWhatMeetsEveryCondition(t *testing.T) {
	parsed, err := core.ParseFilter(&logaggv1.LogFilter{
		StartTime: proto.Int64(10), EndTime: proto.Int64(20), Applications: []string{"orders", "users"},
		MinimumLevel: logaggv1.Level_LEVEL_WARN, Categories: []string{"", "security"},
		Fields: []*logaggv1.FieldMatcher{
			{Name: "host", Operator: queryv1.MatchOperator_MATCH_OPERATOR_REGEX, Value: "web-."},
			{Name: "zone", Operator: queryv1.MatchOperator_MATCH_OPERATOR_NOT_EQUAL, Value: "eu"},
		},
		Texts: []*logaggv1.TextMatcher{{Text: "FAILED", IgnoreCase: true}, {Text: "retry", Negated: true}},
	}, nil)
	require.NoError(t, err)
	matching := func() *entry.Entry {
		return &entry.Entry{
			Application: "users", Timestamp: 19, Level: entry.Error, Message: "login failed", Fields: []entry.Field{{Name: "host", Value: "web-1"}},
		}
	}
	require.True(t, parsed.Match(matching()))
	for name, change := range map[string]func(e *entry.Entry){
		"early":       func(e *entry.Entry) { e.Timestamp = 9 },
		"late":        func(e *entry.Entry) { e.Timestamp = 20 },
		"application": func(e *entry.Entry) { e.Application = "mail" },
		"level":       func(e *entry.Entry) { e.Level = entry.Info },
		"no level":    func(e *entry.Entry) { e.Level = entry.Unspecified },
		"category":    func(e *entry.Entry) { e.Category = "noise" },
		"field":       func(e *entry.Entry) { e.Fields[0].Value = "web-10" },
		"no field":    func(e *entry.Entry) { e.Fields = nil },
		"zone":        func(e *entry.Entry) { e.Fields = append(e.Fields, entry.Field{Name: "zone", Value: "eu"}) },
		"text":        func(e *entry.Entry) { e.Message = "login" },
		"other text":  func(e *entry.Entry) { e.Message += ", will retry" },
	} {
		t.Run(name, func(t *testing.T) {
			e := matching()
			change(e)
			require.False(t, parsed.Match(e))
		})
	}
}

func TestAFilterThatCannotBeNamesTheField(t *testing.T) {
	equal := queryv1.MatchOperator_MATCH_OPERATOR_EQUAL
	for field, f := range map[string]*logaggv1.LogFilter{
		"filter.end_time":           {StartTime: proto.Int64(5), EndTime: proto.Int64(5)},
		"filter.minimum_level":      {MinimumLevel: 3},
		"filter.applications":       {Applications: slices.Repeat([]string{"a"}, 101)},
		"filter.applications[1]":    {Applications: []string{"a", "b c"}},
		"filter.categories":         {Categories: slices.Repeat([]string{"a"}, 101)},
		"filter.categories[0]":      {Categories: []string{strings.Repeat("c", 129)}},
		"filter.fields":             {Fields: slices.Repeat([]*logaggv1.FieldMatcher{{Name: "a", Operator: equal}}, 17)},
		"filter.fields[0].name":     {Fields: []*logaggv1.FieldMatcher{{Operator: equal}}},
		"filter.fields[1].name":     {Fields: []*logaggv1.FieldMatcher{{Name: "a", Operator: equal}, {Name: "a b", Operator: equal}}},
		"filter.fields[0].operator": {Fields: []*logaggv1.FieldMatcher{{Name: "a"}}},
		"filter.fields[0].value": {Fields: []*logaggv1.FieldMatcher{
			{Name: "a", Operator: queryv1.MatchOperator_MATCH_OPERATOR_REGEX, Value: "("},
		}},
		"filter.texts":         {Texts: slices.Repeat([]*logaggv1.TextMatcher{{Text: "a"}}, 9)},
		"filter.texts[0].text": {Texts: []*logaggv1.TextMatcher{{Text: strings.Repeat("a", 1001)}}},
		"filter.texts[1].text": {Texts: []*logaggv1.TextMatcher{{Text: "a"}, {}}},
	} {
		t.Run(field, func(t *testing.T) {
			_, err := core.ParseFilter(f, nil)
			require.Equal(t, problem.FieldInvalid, problem.ReasonOf(err))
			require.Equal(t, field, problem.Of(err).Field)
		})
	}
}

func TestADeletionNeedsACondition(t *testing.T) {
	for _, f := range []*logaggv1.LogFilter{nil, {}} {
		_, err := core.EncodeDeletion(f, nil)
		require.Equal(t, "filter", problem.Of(err).Field)
	}
	_, err := core.EncodeDeletion(&logaggv1.LogFilter{MinimumLevel: 3}, nil)
	require.Equal(t, "filter.minimum_level", problem.Of(err).Field)
	encoded, err := core.EncodeDeletion(&logaggv1.LogFilter{StartTime: proto.Int64(0)}, nil)
	require.NoError(t, err)
	var deletion logaggv1.LogDeletion
	require.NoError(t, proto.Unmarshal(encoded, &deletion))
	require.NotNil(t, deletion.GetFilter().StartTime)
}
