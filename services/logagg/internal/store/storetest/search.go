package storetest

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/query"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

var searchContracts = []contract{
	{"Every_condition_selects_its_entries", everyCondition},
	{"A_span_without_a_moment_selects_nothing", emptySpans},
	{"One_entry_is_found_among_many", oneAmongMany},
}

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

// conditions name the IDs that each selects of conditionEntries.
var conditions = []struct {
	name   string
	change func(f *core.Filter)
	want   []int64
}{
	{"nothing", func(*core.Filter) {}, []int64{1, 2, 3, 4}},
	{"start", func(f *core.Filter) { f.Start = 20 }, []int64{2, 3, 4}},
	{"end", func(f *core.Filter) { f.End = 20 }, []int64{1}},
	{"application", func(f *core.Filter) { f.Applications = []string{"cart", "x"} }, []int64{2}},
	{"granted application", func(f *core.Filter) { f.Granted = principal.Patterns{"ca*", "x"} }, []int64{2}},
	{"application that is not granted", func(f *core.Filter) {
		f.Granted, f.Applications = principal.Patterns{"ca*"}, []string{"shop"}
	}, nil},
	{"application in another case", func(f *core.Filter) { f.Applications = []string{"Cart"} }, nil},
	{"level", func(f *core.Filter) { f.Minimum = entry.Warn }, []int64{2, 3}},
	{"lowest level", func(f *core.Filter) { f.Minimum = entry.Trace }, []int64{1, 2, 3}},
	{"category", func(f *core.Filter) { f.Categories = []string{"slow"} }, []int64{1}},
	{"no category", func(f *core.Filter) { f.Categories = []string{""} }, []int64{2, 3, 4}},
	{"field", func(f *core.Filter) { f.Fields = []core.FieldMatcher{equal("host", "a-1")} }, []int64{1}},
	{"field in another case", func(f *core.Filter) { f.Fields = []core.FieldMatcher{equal("host", "A-1")} }, []int64{2}},
	{"another field", func(f *core.Filter) { f.Fields = []core.FieldMatcher{equal("Host", "a-1")} }, nil},
	{"field without a value", func(f *core.Filter) { f.Fields = []core.FieldMatcher{equal("host", "")} }, []int64{3, 4}},
	{"field with a value", func(f *core.Filter) { f.Fields = []core.FieldMatcher{not(equal("host", ""))} }, []int64{1, 2}},
	{"not a field", func(f *core.Filter) { f.Fields = []core.FieldMatcher{not(equal("host", "a-1"))} }, []int64{2, 3, 4}},
	{"pattern", func(f *core.Filter) { f.Fields = []core.FieldMatcher{pattern("host", `(?i)a-\d`)} }, []int64{1, 2}},
	{"pattern of a part", func(f *core.Filter) { f.Fields = []core.FieldMatcher{pattern("host", `a`)} }, nil},
	{"pattern of nothing", func(f *core.Filter) { f.Fields = []core.FieldMatcher{pattern("host", `x?`)} }, []int64{3, 4}},
	{"not a pattern", func(f *core.Filter) { f.Fields = []core.FieldMatcher{not(pattern("host", `.+`))} }, []int64{3, 4}},
	{"pattern across lines", func(f *core.Filter) { f.Fields = []core.FieldMatcher{pattern("odd", `a.b.c`)} }, []int64{3}},
	{"odd value", func(f *core.Filter) { f.Fields = []core.FieldMatcher{equal("odd", "a\nb\x00c")} }, []int64{3}},
	{"fields", func(f *core.Filter) { f.Fields = []core.FieldMatcher{equal("host", "a-1"), equal("odd", "x")} }, nil},
	{"text", func(f *core.Filter) { f.Texts = []core.TextMatcher{{Text: "took 5"}} }, []int64{1}},
	{"text of a word's part", func(f *core.Filter) { f.Texts = []core.TextMatcher{{Text: "rder"}} }, []int64{1, 2}},
	{"text in any case", func(f *core.Filter) { f.Texts = []core.TextMatcher{{Text: " /ORDERS ", IgnoreCase: true}} }, []int64{1, 2}},
	{"text with signs", func(f *core.Filter) { f.Texts = []core.TextMatcher{{Text: "100%_'\x00"}} }, []int64{3}},
	{"text beyond ASCII", func(f *core.Filter) { f.Texts = []core.TextMatcher{{Text: "ü", IgnoreCase: true}} }, []int64{3}},
	{"not a text", func(f *core.Filter) { f.Texts = []core.TextMatcher{{Text: "orders", Negated: true}} }, []int64{2, 3, 4}},
	{"not a text in any case", func(f *core.Filter) {
		f.Texts = []core.TextMatcher{{Text: "orders", Negated: true, IgnoreCase: true}}
	}, []int64{3, 4}},
	{"texts", func(f *core.Filter) { f.Texts = []core.TextMatcher{{Text: "GET"}, {Text: "ms"}} }, []int64{1}},
}

func conditionEntries() []entry.Entry {
	return []entry.Entry{
		{
			Application: "shop", Level: entry.Info, Timestamp: 10, Message: "GET /orders took 5 ms", Category: "slow",
			Fields: []entry.Field{{Name: "host", Value: "a-1"}},
		},
		{
			Application: "cart", Level: entry.Warn, Timestamp: 20, Message: "GET /Orders took 6",
			Fields: []entry.Field{{Name: "host", Value: "A-1"}},
		},
		{
			Application: "shop", Level: entry.Fatal, Timestamp: 30, Message: "über 100%_'\x00",
			Fields: []entry.Field{{Name: "host", Value: ""}, {Name: "odd", Value: "a\nb\x00c"}},
		},
		{Application: "shop", Timestamp: 40},
	}
}

func everyCondition(t *testing.T, f *fixture) {
	f.apply(conditionEntries()...)
	for _, c := range conditions {
		t.Run(c.name, func(t *testing.T) {
			q := core.Search{Tenant: tenant, Filter: all(), Limit: 10, Bytes: 1 << 20, OldestFirst: true}
			c.change(&q.Filter)
			var ids []int64
			for _, e := range f.pages(q) {
				ids = append(ids, e.ID)
			}
			require.Equal(t, c.want, ids)
			f.requireFound(q)
			rows, err := f.Count(t.Context(), &core.Count{Tenant: tenant, Filter: q.Filter}, 10)
			require.NoError(t, err)
			count := int64(0)
			for _, row := range rows {
				count += row.Count
			}
			require.EqualValues(t, len(c.want), count)
		})
	}
}

func emptySpans(t *testing.T, f *fixture) {
	f.apply(conditionEntries()...)
	const least = -1 << 63
	for _, span := range [][2]int64{{10, 10}, {20, 10}, {least, least}, {41, 1<<63 - 1}} {
		filter := core.Filter{Start: span[0], End: span[1]}
		f.requireFound(core.Search{Tenant: tenant, Filter: filter, Limit: 1, Bytes: 1})
		require.Empty(t, f.pages(core.Search{Tenant: tenant, Filter: filter, Limit: 1, Bytes: 1}))
		f.delete(tenant, &filter)
	}
	require.Len(t, f.rows, 4)
}

func oneAmongMany(t *testing.T, f *fixture) {
	random := randomOf(9)
	for range 3 {
		entries := make([]entry.Entry, 20_000)
		for i := range entries {
			entries[i] = randomEntry(random)
		}
		e := &entries[random.IntN(len(entries))]
		e.Message = "a needle in 3 haystacks"
		e.Fields = append(e.Fields, entry.Field{Name: "needle", Value: "4f6e65206e6565646c65"})
		f.apply(entries...)
	}
	for _, change := range []func(*core.Filter){
		func(f *core.Filter) { f.Fields = []core.FieldMatcher{equal("needle", "4f6e65206e6565646c65")} },
		func(f *core.Filter) { f.Texts = []core.TextMatcher{{Text: "A NEEDLE in", IgnoreCase: true}} },
		func(f *core.Filter) { f.Texts = []core.TextMatcher{{Text: "eedl"}} },
	} {
		q := core.Search{Tenant: tenant, Filter: all(), Limit: 2, Bytes: 1 << 20}
		change(&q.Filter)
		require.Len(t, f.pages(q), 3)
		f.requireFound(q)
	}
}
