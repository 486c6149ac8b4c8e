package core_test

import (
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sluice-ingest/sluice/libs/query"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

func equal(name, value string) core.FieldMatcher {
	return core.FieldMatcher{Name: name, Comparison: query.Comparison{Value: value}}
}

func pattern(name, value string) core.FieldMatcher {
	m := equal(name, value)
	m.Pattern = regexp.MustCompile("^(?s:" + value + ")$")
	return m
}

func not(m core.FieldMatcher) core.FieldMatcher {
	m.Negated = true
	return m
}

func TestMatch(t *testing.T) {
	e := entry.Entry{
		Application: "shop", Level: entry.Warn, Timestamp: 100, Message: "GET /Orders\x00 took 5 ms\nÄ", Category: "slow",
		Fields: []entry.Field{{Name: "host", Value: "a-1"}, {Name: "empty", Value: ""}, {Name: "lines", Value: "a\nb"}},
	}
	fields := func(m ...core.FieldMatcher) core.Filter { return core.Filter{End: math.MaxInt64, Fields: m} }
	texts := func(m ...core.TextMatcher) core.Filter { return core.Filter{End: math.MaxInt64, Texts: m} }
	for name, test := range map[string]struct {
		filter core.Filter
		want   bool
	}{
		"everything":                       {core.Filter{End: math.MaxInt64}, true},
		"starts at the timestamp":          {core.Filter{Start: 100, End: 101}, true},
		"ends at the timestamp":            {core.Filter{Start: 0, End: 100}, false},
		"starts after it":                  {core.Filter{Start: 101, End: math.MaxInt64}, false},
		"application":                      {core.Filter{End: 200, Applications: []string{"x", "shop"}}, true},
		"another application":              {core.Filter{End: 200, Applications: []string{"Shop"}}, false},
		"level":                            {core.Filter{End: 200, Minimum: entry.Warn}, true},
		"higher level":                     {core.Filter{End: 200, Minimum: entry.Error}, false},
		"category":                         {core.Filter{End: 200, Categories: []string{"", "slow"}}, true},
		"no category":                      {core.Filter{End: 200, Categories: []string{""}}, false},
		"equal":                            {fields(equal("host", "a-1")), true},
		"equal in another case":            {fields(equal("host", "A-1")), false},
		"equal to nothing, when empty":     {fields(equal("empty", "")), true},
		"equal to nothing, when missing":   {fields(equal("none", "")), true},
		"not equal":                        {fields(not(equal("host", "a-2"))), true},
		"not equal, when missing":          {fields(not(equal("none", "a"))), true},
		"not equal to nothing":             {fields(not(equal("none", ""))), false},
		"pattern":                          {fields(pattern("host", `a-\d`)), true},
		"pattern of a part":                {fields(pattern("host", `a`)), false},
		"pattern of nothing, when missing": {fields(pattern("none", `x*`)), true},
		"pattern across lines":             {fields(pattern("lines", `.*b`)), true},
		"not a pattern":                    {fields(not(pattern("host", `b.*|a`))), true},
		"not a pattern that matches":       {fields(not(pattern("host", `a.*`))), false},
		"all fields":                       {fields(equal("host", "a-1"), equal("none", "x")), false},
		"text":                             {texts(core.TextMatcher{Text: "/Orders\x00 took"}), true},
		"text in another case":             {texts(core.TextMatcher{Text: "/orders"}), false},
		"text in any case":                 {texts(core.TextMatcher{Text: "get /oRDERS", IgnoreCase: true}), true},
		"text beyond ASCII":                {texts(core.TextMatcher{Text: "\nÄ", IgnoreCase: true}), true},
		"text in any case of ASCII only":   {texts(core.TextMatcher{Text: "ä", IgnoreCase: true}), false},
		"without a text":                   {texts(core.TextMatcher{Text: "get", Negated: true}), true},
		"without a text in any case":       {texts(core.TextMatcher{Text: "get", IgnoreCase: true, Negated: true}), false},
		"all texts":                        {texts(core.TextMatcher{Text: "GET"}, core.TextMatcher{Text: "PUT"}), false},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, test.filter.Match(&e))
		})
	}
}

func TestMatchSelectsEveryLevelWithoutAMinimum(t *testing.T) {
	f := core.Filter{End: math.MaxInt64}
	for _, level := range []entry.Level{math.MinInt32, -1, 0, entry.Trace, entry.Fatal, math.MaxInt32} {
		require.True(t, f.Match(&entry.Entry{Level: level}))
		require.True(t, f.MatchLevel(level))
	}
}

// A text in any case is found where lower-cased ones are.
func TestIgnoreCaseIsThatOfASCII(t *testing.T) {
	text := rapid.StringOf(rapid.SampledFrom([]rune("aAbBzZ[`@{ äÄſK1")))
	asciiLower := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= 'A' && r <= 'Z' {
				return r + 'a' - 'A'
			}
			return r
		}, s)
	}
	rapid.Check(t, func(t *rapid.T) {
		message, part := text.Draw(t, "message"), text.Draw(t, "part")
		m := core.TextMatcher{Text: part, IgnoreCase: true}
		require.Equal(t, strings.Contains(asciiLower(message), asciiLower(part)), m.Match(message))
	})
}
