package matcher_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/tools/internal/matcher"
)

const (
	source = collectorv1.SeriesTarget_SERIES_TARGET_SOURCE
	metric = collectorv1.SeriesTarget_SERIES_TARGET_METRIC
	tag    = collectorv1.SeriesTarget_SERIES_TARGET_TAG

	equal    = queryv1.MatchOperator_MATCH_OPERATOR_EQUAL
	notEqual = queryv1.MatchOperator_MATCH_OPERATOR_NOT_EQUAL
	regex    = queryv1.MatchOperator_MATCH_OPERATOR_REGEX
	notRegex = queryv1.MatchOperator_MATCH_OPERATOR_NOT_REGEX
)

func TestParse(t *testing.T) {
	tests := map[string]struct {
		target   collectorv1.SeriesTarget
		tag      string
		operator queryv1.MatchOperator
		value    string
	}{
		`source=~"web-.*"`:   {source, "", regex, "web-.*"},
		`metric!=cpu`:        {metric, "", notEqual, "cpu"},
		`host="a b"`:         {tag, "host", equal, "a b"},
		`rack !~ r[12]`:      {tag, "rack", notRegex, "r[12]"},
		`tag:source=x`:       {tag, "source", equal, "x"},
		`host=`:              {tag, "host", equal, ""},
		`host=""`:            {tag, "host", equal, ""},
		`host="a=\"b\"\\"`:   {tag, "host", equal, `a="b"\`},
		`source=~"\d+\.\w"`:  {source, "", regex, `\d+\.\w`},
		`host=a=b`:           {tag, "host", equal, "a=b"},
		`host="=b"`:          {tag, "host", equal, "=b"},
		`host!=!~`:           {tag, "host", notEqual, "!~"},
		`a/b:c-d.e = "näh" `: {tag, "a/b:c-d.e", equal, "näh"},
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			got, err := matcher.Parse(text)
			require.NoError(t, err)
			require.Equal(t, want.target, got.GetTarget())
			require.Equal(t, want.tag, got.GetTag())
			require.Equal(t, want.operator, got.GetOperator())
			require.Equal(t, want.value, got.GetValue())
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":            "is no matcher; write one such as",
		"source":      "is no matcher",
		"=x":          "is no matcher",
		"tag:=x":      "is no matcher",
		"a!x":         "is no matcher",
		"source==x":   "== is no operator; write =",
		"source ==":   "== is no operator; write =",
		`a="x`:        "the quotes of the value are wrong",
		`a="x"y"`:     "the quotes of the value are wrong",
		`a="x\"`:      "the quotes of the value are wrong",
		`a=~"["`:      "missing closing ]",
		`source!~"("`: "missing closing )",
	} {
		_, err := matcher.Parse(text)
		require.ErrorContains(t, err, want, text)
	}
}

// What was parsed is written in quotes and parsed again.
func FuzzParse(f *testing.F) {
	for _, text := range []string{`source=~"web-.*"`, "a!=b", `a="\\\""`, "=", "a!~"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := matcher.Parse(text)
		if err != nil {
			return
		}
		require.NotEqual(t, queryv1.MatchOperator_MATCH_OPERATOR_UNSPECIFIED, m.GetOperator())
		require.Equal(t, m.GetTarget() == tag, m.GetTag() != "")
	})
}
