package core_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// groupRecorder is a store that tells how series were grouped: one row a group.
type groupRecorder struct {
	core.Store

	asked *core.GroupedRange
}

func (g *groupRecorder) Statistics(_ context.Context, q core.GroupedRange, _ time.Duration, _ int) ([]core.StatisticsRow, error) {
	g.asked = &q
	var rows []core.StatisticsRow
	for _, group := range q.Groups {
		for int(group) >= len(rows) {
			rows = append(rows, core.StatisticsRow{Group: int32(len(rows))})
		}
	}
	return rows, nil
}

var grouped = seriesList{
	{ID: 1, Tenant: "acme", Source: "b", Metric: "cpu", Tags: []core.Tag{{Name: "dc", Value: "x"}, {Name: "rack", Value: "1"}}},
	{ID: 2, Tenant: "acme", Source: "a", Metric: "mem", Tags: []core.Tag{{Name: "dc", Value: "y"}}},
	{ID: 4, Tenant: "acme", Source: "a", Metric: "cpu", Tags: []core.Tag{{Name: "dc", Value: "y"}}},
	{ID: 5, Tenant: "other", Source: "a", Metric: "cpu"},
	{ID: 9, Tenant: "acme", Source: "b", Metric: "cpu"},
}

func TestSeriesAreGroupedInTheOrderOfTheirNames(t *testing.T) {
	dc := func(value string) []core.Tag { return []core.Tag{{Name: "dc", Value: value}} }
	for _, c := range []struct {
		by     core.Grouping
		groups []int32
		keys   []core.GroupKey
	}{
		{core.Grouping{}, []int32{0, 0, 0, 0}, []core.GroupKey{{}}},
		{core.Grouping{BySource: true}, []int32{1, 0, 0, 1}, []core.GroupKey{{Source: "a"}, {Source: "b"}}},
		{core.Grouping{ByMetric: true}, []int32{0, 1, 0, 0}, []core.GroupKey{{Metric: "cpu"}, {Metric: "mem"}}},
		{
			core.Grouping{BySource: true, ByMetric: true}, []int32{2, 1, 0, 2},
			[]core.GroupKey{{Source: "a", Metric: "cpu"}, {Source: "a", Metric: "mem"}, {Source: "b", Metric: "cpu"}},
		},
		{
			core.Grouping{ByTags: []string{"dc"}},
			[]int32{1, 2, 2, 0}, []core.GroupKey{{Tags: dc("")}, {Tags: dc("x")}, {Tags: dc("y")}},
		},
		{
			core.Grouping{ByTags: []string{"rack", "none"}}, []int32{1, 0, 0, 0},
			[]core.GroupKey{
				{Tags: []core.Tag{{Name: "rack"}, {Name: "none"}}},
				{Tags: []core.Tag{{Name: "rack", Value: "1"}, {Name: "none"}}},
			},
		},
	} {
		store := &groupRecorder{}
		rows, err := core.NewQueries(store, grouped, until(0)).
			Statistics(t.Context(), &core.StatisticsQuery{Selection: everything("acme"), Grouping: c.by})
		require.NoError(t, err)
		require.Equal(t, []core.SeriesID{1, 2, 4, 9}, store.asked.Series)
		require.Equal(t, c.groups, store.asked.Groups, "%+v", c.by)
		var keys []core.GroupKey
		for _, row := range rows {
			keys = append(keys, row.GroupKey)
		}
		require.Equal(t, c.keys, keys, "%+v", c.by)
	}
}

// emptiedIndex still selects a series that is not there any more.
type emptiedIndex struct {
	seriesList

	gone core.SeriesID
}

func (e emptiedIndex) Series(id core.SeriesID) (core.Series, bool) {
	if id == e.gone {
		return core.Series{}, false
	}
	return e.seriesList.Series(id)
}

func TestASeriesThatIsDeletedMeanwhileHasNoGroup(t *testing.T) {
	store := &groupRecorder{}
	_, err := core.NewQueries(store, emptiedIndex{grouped, 2}, until(0)).
		Statistics(t.Context(), &core.StatisticsQuery{Selection: everything("acme"), Grouping: core.Grouping{ByMetric: true}})
	require.NoError(t, err)
	require.Equal(t, []core.SeriesID{1, 4, 9}, store.asked.Series)
	require.Equal(t, []int32{0, 0, 0}, store.asked.Groups)

	store = &groupRecorder{}
	rows, err := core.NewQueries(store, emptiedIndex{grouped, 5}, until(0)).
		Statistics(t.Context(), &core.StatisticsQuery{Selection: everything("other")})
	require.NoError(t, err)
	require.Empty(t, rows)
	require.Nil(t, store.asked, "there is nothing to ask for")
}

func TestAGroupingThatCannotBe(t *testing.T) {
	nine := make([]string, 9)
	for i := range nine {
		nine[i] = fmt.Sprintf("t%d", i)
	}
	q := core.NewQueries(&groupRecorder{}, grouped, until(0))
	for _, c := range []struct {
		tags  []string
		field string
	}{
		{nine, "by_tags"},
		{[]string{"dc", ""}, "by_tags[1]"},
		{[]string{"1st"}, "by_tags[0]"},
		{[]string{"a", "b", "a"}, "by_tags[2]"},
	} {
		_, err := q.Statistics(t.Context(), &core.StatisticsQuery{Selection: everything("acme"), Grouping: core.Grouping{ByTags: c.tags}})
		require.Equal(t, problem.FieldInvalid, problem.ReasonOf(err), "%q", c.tags)
		require.Equal(t, c.field, problem.Of(err).Field, "%q", c.tags)
	}
	_, err := q.Statistics(t.Context(), &core.StatisticsQuery{Selection: everything("acme"), Grouping: core.Grouping{ByTags: nine[:8]}})
	require.NoError(t, err)
}
