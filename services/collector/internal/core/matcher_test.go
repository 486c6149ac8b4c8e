package core_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

const (
	ofSource = collectorv1.SeriesTarget_SERIES_TARGET_SOURCE
	ofMetric = collectorv1.SeriesTarget_SERIES_TARGET_METRIC
	ofTag    = collectorv1.SeriesTarget_SERIES_TARGET_TAG

	equal    = queryv1.MatchOperator_MATCH_OPERATOR_EQUAL
	notEqual = queryv1.MatchOperator_MATCH_OPERATOR_NOT_EQUAL
	regex    = queryv1.MatchOperator_MATCH_OPERATOR_REGEX
	notRegex = queryv1.MatchOperator_MATCH_OPERATOR_NOT_REGEX
)

func matcher(target collectorv1.SeriesTarget, tag string, operator queryv1.MatchOperator, value string) *collectorv1.SeriesMatcher {
	return &collectorv1.SeriesMatcher{Target: target, Tag: tag, Operator: operator, Value: value}
}

func TestMatchersAreRefusedWithTheirField(t *testing.T) {
	fine := matcher(ofSource, "", equal, "a")
	for name, tt := range map[string]struct {
		matcher       *collectorv1.SeriesMatcher
		field, detail string
	}{
		"no target":           {matcher(0, "", equal, "a"), "target", "must be SOURCE, METRIC or TAG"},
		"unknown target":      {matcher(99, "", equal, "a"), "target", "must be"},
		"no operator":         {matcher(ofSource, "", 0, "a"), "operator", "must be EQUAL, NOT_EQUAL, REGEX or NOT_REGEX"},
		"unknown operator":    {matcher(ofSource, "", 99, "a"), "operator", "must be"},
		"nil":                 {nil, "target", "must be"},
		"tag of a source":     {matcher(ofSource, "host", equal, "a"), "tag", "only for the target TAG"},
		"tag of a metric":     {matcher(ofMetric, "host", equal, "a"), "tag", "only for the target TAG"},
		"tag without name":    {matcher(ofTag, "", equal, "a"), "tag", "is empty"},
		"tag with wrong name": {matcher(ofTag, "a b", equal, "a"), "tag", `"a b" is not the name of a tag, which begins with a letter`},
		"tag with long name":  {matcher(ofTag, strings.Repeat("n", 129), equal, "a"), "tag", "has 129 bytes; the name of a tag has at most 128"},
		"long value":          {matcher(ofSource, "", equal, strings.Repeat("v", 1001)), "value", "has 1001 bytes; at most 1000"},
		"long pattern":        {matcher(ofSource, "", notRegex, strings.Repeat("v", 1001)), "value", "has 1001 bytes; at most 1000"},
		"no pattern":          {matcher(ofSource, "", regex, "a("), "value", `missing closing ): "a("`},
		"no negated pattern":  {matcher(ofSource, "", notRegex, "[z-a]"), "value", "invalid character class range"},
		"out of the anchors":  {matcher(ofSource, "", regex, "a)|(?:b"), "value", `unexpected ): "a)|(?:b"`},
		"not of RE2":          {matcher(ofSource, "", regex, "(?=a)"), "value", "is not a regular expression of RE2"},
		"repetition":          {matcher(ofSource, "", regex, "a{1001}"), "value", "invalid repeat count"},
		"large":               {matcher(ofSource, "", regex, strings.Repeat("a{1000}", 4)), "value", "is too large a regular expression"},
		"large, nested":       {matcher(ofSource, "", regex, "((abcdefghij){10}){40}"), "value", "is too large a regular expression"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := core.ParseMatchers([]*collectorv1.SeriesMatcher{fine, fine, tt.matcher})
			require.Error(t, err)
			p := problem.Of(err)
			require.Equal(t, problem.FieldInvalid, p.Reason)
			require.Equal(t, "matchers[2]."+tt.field, p.Field)
			require.Contains(t, p.Detail, tt.detail)
			require.Less(t, len(p.Detail), 300)
		})
	}
}

func TestMatchersAreAtMost32(t *testing.T) {
	all := make([]*collectorv1.SeriesMatcher, 33)
	for i := range all {
		all[i] = matcher(ofMetric, "", notEqual, strings.Repeat("v", 1000))
	}
	parsed, err := core.ParseMatchers(all[:32])
	require.NoError(t, err)
	require.Len(t, parsed, 32)
	_, err = core.ParseMatchers(all)
	require.Equal(t, "matchers", problem.Of(err).Field)
	parsed, err = core.ParseMatchers(nil)
	require.NoError(t, err)
	require.Empty(t, parsed)
}

func TestAPatternOfFullLengthIsAccepted(t *testing.T) {
	for _, pattern := range []string{
		strings.Repeat("a", 1000), strings.Repeat("a?", 500), strings.Repeat("a|", 500), strings.Repeat(`\d`, 500), strings.Repeat("(a)", 333),
	} {
		_, err := core.ParseMatchers([]*collectorv1.SeriesMatcher{matcher(ofSource, "", regex, pattern)})
		require.NoError(t, err, pattern[:9])
	}
}

// named is a series whose source, metric and tags are to be matched.
func named(id core.SeriesID, source, metric string, tags ...core.Tag) core.Series {
	return core.Series{ID: id, Tenant: "acme", Source: source, Metric: metric, Tags: tags}
}

func indexOf(series ...core.Series) *core.Index {
	x := core.NewIndex(0)
	for _, s := range series {
		x.Load(s, 0)
	}
	return x
}

func TestSelectMatches(t *testing.T) {
	x := indexOf(
		named(1, "web-1", "cpu", core.Tag{Name: "host", Value: "a"}, core.Tag{Name: "region", Value: "eu"}),
		named(2, "web-1", "mem", core.Tag{Name: "host", Value: "a"}, core.Tag{Name: "region", Value: "eu"}),
		named(3, "web-2", "cpu", core.Tag{Name: "host", Value: "b"}),
		named(4, "db", "cpu"),
		named(5, "web-1", "cpu"),
		core.Series{ID: 6, Tenant: "other", Source: "web-1", Metric: "cpu"},
	)
	for name, tt := range map[string]struct {
		matchers []*collectorv1.SeriesMatcher
		want     []core.SeriesID
	}{
		"none":                       {nil, []core.SeriesID{1, 2, 3, 4, 5}},
		"source":                     {[]*collectorv1.SeriesMatcher{matcher(ofSource, "", equal, "web-1")}, []core.SeriesID{1, 2, 5}},
		"unknown source":             {[]*collectorv1.SeriesMatcher{matcher(ofSource, "", equal, "web")}, nil},
		"other source":               {[]*collectorv1.SeriesMatcher{matcher(ofSource, "", notEqual, "web-1")}, []core.SeriesID{3, 4}},
		"two sources":                {[]*collectorv1.SeriesMatcher{matcher(ofSource, "", equal, "db"), matcher(ofSource, "", equal, "web-1")}, nil},
		"pattern of sources":         {[]*collectorv1.SeriesMatcher{matcher(ofSource, "", regex, "web-.")}, []core.SeriesID{1, 2, 3, 5}},
		"pattern is anchored":        {[]*collectorv1.SeriesMatcher{matcher(ofSource, "", regex, "eb|b")}, nil},
		"alternatives":               {[]*collectorv1.SeriesMatcher{matcher(ofSource, "", regex, "web-1|db")}, []core.SeriesID{1, 2, 4, 5}},
		"no match of a pattern":      {[]*collectorv1.SeriesMatcher{matcher(ofSource, "", notRegex, "web-.*")}, []core.SeriesID{4}},
		"everything":                 {[]*collectorv1.SeriesMatcher{matcher(ofSource, "", regex, ".*")}, []core.SeriesID{1, 2, 3, 4, 5}},
		"lines are not told apart":   {[]*collectorv1.SeriesMatcher{matcher(ofSource, "", regex, "(?m)^db$")}, []core.SeriesID{4}},
		"metric":                     {[]*collectorv1.SeriesMatcher{matcher(ofMetric, "", equal, "cpu")}, []core.SeriesID{1, 3, 4, 5}},
		"other metric":               {[]*collectorv1.SeriesMatcher{matcher(ofMetric, "", notEqual, "cpu")}, []core.SeriesID{2}},
		"pattern of metrics":         {[]*collectorv1.SeriesMatcher{matcher(ofMetric, "", regex, "(?i)M.M")}, []core.SeriesID{2}},
		"two matchers of the metric": {[]*collectorv1.SeriesMatcher{matcher(ofMetric, "", regex, ".*m.*"), matcher(ofMetric, "", notEqual, "mem")}, nil},
		"tag":                        {[]*collectorv1.SeriesMatcher{matcher(ofTag, "host", equal, "a")}, []core.SeriesID{1, 2}},
		"no tag":                     {[]*collectorv1.SeriesMatcher{matcher(ofTag, "host", equal, "")}, []core.SeriesID{4, 5}},
		"any tag":                    {[]*collectorv1.SeriesMatcher{matcher(ofTag, "host", regex, ".+")}, []core.SeriesID{1, 2, 3}},
		"other tag":                  {[]*collectorv1.SeriesMatcher{matcher(ofTag, "region", notEqual, "eu")}, []core.SeriesID{3, 4, 5}},
		"all three": {[]*collectorv1.SeriesMatcher{
			matcher(ofSource, "", equal, "web-1"), matcher(ofMetric, "", equal, "cpu"), matcher(ofTag, "region", equal, "eu"),
		}, []core.SeriesID{1}},
	} {
		t.Run(name, func(t *testing.T) {
			matchers, err := core.ParseMatchers(tt.matchers)
			require.NoError(t, err)
			require.Equal(t, tt.want, x.Select("acme", matchers))
			require.Empty(t, x.Select("nobody", matchers))
		})
	}
}
