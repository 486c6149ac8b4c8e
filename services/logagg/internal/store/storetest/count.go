package storetest

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

var countContracts = []contract{
	{"Groups_and_buckets_are_counted", groupsAreCounted},
	{"Buckets_begin_at_multiples_on_both_sides_of_1970", bucketsBeginAtMultiples},
	{"Counts_end_at_their_limit", countsEndAtTheirLimit},
	{"Random_counts_are_right", randomCounts},
}

func groupsAreCounted(t *testing.T, f *fixture) {
	host := func(value string) []entry.Field { return []entry.Field{{Name: "host", Value: value}} }
	f.apply(
		entry.Entry{Application: "b", Level: entry.Info, Timestamp: 25, Category: "x", Fields: host("h2")},
		entry.Entry{Application: "a", Level: entry.Info, Timestamp: 5, Fields: host("h1")},
		entry.Entry{Application: "b", Level: entry.Warn, Timestamp: 15, Fields: host("")},
		entry.Entry{Application: "b", Level: entry.Info, Timestamp: 21},
	)
	f.apply(entry.Entry{Application: "b", Level: entry.Info, Timestamp: 1, Category: "x"})
	for name, c := range map[string]struct {
		query core.Count
		want  []core.CountRow
	}{
		"everything": {core.Count{}, []core.CountRow{{Count: 5, First: 1, Last: 25}}},
		"levels": {core.Count{ByLevel: true}, []core.CountRow{
			{Level: entry.Info, Count: 4, First: 1, Last: 25}, {Level: entry.Warn, Count: 1, First: 15, Last: 15},
		}},
		"applications and categories": {core.Count{ByApplication: true, ByCategory: true}, []core.CountRow{
			{Application: "a", Count: 1, First: 5, Last: 5}, {Application: "b", Count: 2, First: 15, Last: 21},
			{Application: "b", Category: "x", Count: 2, First: 1, Last: 25},
		}},
		"fields": {core.Count{ByFields: []string{"host", "none"}}, []core.CountRow{
			{FieldValues: []string{"", ""}, Count: 3, First: 1, Last: 21},
			{FieldValues: []string{"h1", ""}, Count: 1, First: 5, Last: 5},
			{FieldValues: []string{"h2", ""}, Count: 1, First: 25, Last: 25},
		}},
		"buckets": {core.Count{Bucket: 10}, []core.CountRow{
			{BucketStart: 0, Count: 2, First: 1, Last: 5}, {BucketStart: 10, Count: 1, First: 15, Last: 15},
			{BucketStart: 20, Count: 2, First: 21, Last: 25},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c.query.Tenant, c.query.Filter = tenant, all()
			rows, err := f.Count(t.Context(), &c.query, 100)
			require.NoError(t, err)
			require.Equal(t, c.want, rows)
		})
	}
}

func bucketsBeginAtMultiples(t *testing.T, f *fixture) {
	for _, timestamp := range []int64{-11, -10, -1, 0, 9, 10, math.MaxInt64, math.MinInt64} {
		f.apply(entry.Entry{Timestamp: timestamp})
	}
	rows, err := f.Count(t.Context(), &core.Count{Tenant: tenant, Filter: all(), Bucket: 10}, 100)
	require.NoError(t, err)
	var starts []int64
	for _, row := range rows {
		starts = append(starts, row.BucketStart)
	}
	require.Equal(t, []int64{math.MinInt64, -20, -10, 0, 10, math.MaxInt64 / 10 * 10}, starts)
}

func countsEndAtTheirLimit(t *testing.T, f *fixture) {
	var entries []entry.Entry
	for i := range 500 {
		entries = append(entries, entry.Entry{Timestamp: int64(i), Application: fmt.Sprintf("%03d", i)})
	}
	f.apply(entries...)
	rows, err := f.Count(t.Context(), &core.Count{Tenant: tenant, Filter: all(), ByApplication: true}, 7)
	require.NoError(t, err)
	require.Len(t, rows, 7)
	require.Equal(t, "006", rows[6].Application)
}

func randomCounts(t *testing.T, f *fixture) {
	random := randomOf(2)
	for range 6 {
		entries := make([]entry.Entry, random.IntN(600))
		for i := range entries {
			entries[i] = randomEntry(random)
		}
		f.apply(entries...)
	}
	for range 30 {
		q := core.Count{
			Tenant: tenant, Filter: randomFilter(random), ByLevel: random.IntN(2) == 0, ByApplication: random.IntN(3) == 0,
			ByCategory: random.IntN(3) == 0, Bucket: pick[time.Duration](random, 0, 1, 7, 1e15, math.MaxInt64),
		}
		for _, name := range []string{"host", "none", "id"} {
			if random.IntN(4) == 0 {
				q.ByFields = append(q.ByFields, name)
			}
		}
		f.requireCounted(t, &q)
	}
}

func (f *fixture) requireCounted(t require.TestingT, q *core.Count) {
	rows, err := f.Count(f.t.Context(), q, math.MaxInt)
	require.NoError(t, err)
	want := f.counted(q)
	require.Len(t, rows, len(want), "%+v", q)
	for i := range want {
		require.Equal(t, want[i], rows[i], "%+v", q)
	}
}

// counted is what a count should give.
func (f *fixture) counted(q *core.Count) []core.CountRow {
	rows := map[string]*core.CountRow{}
	for i := range f.rows {
		e := &f.rows[i].Entry
		if f.rows[i].Tenant != q.Tenant || !q.Filter.Match(e) {
			continue
		}
		group := groupOf(q, e)
		key := fmt.Sprintf("%#v", group)
		if rows[key] == nil {
			group.First, group.Last = e.Timestamp, e.Timestamp
			rows[key] = &group
		}
		row := rows[key]
		row.Count++
		row.First, row.Last = min(row.First, e.Timestamp), max(row.Last, e.Timestamp)
	}
	sorted := []core.CountRow{}
	for _, row := range rows {
		sorted = append(sorted, *row)
	}
	slices.SortFunc(sorted, func(a, b core.CountRow) int {
		return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(a.Application, b.Application),
			cmp.Compare(a.Category, b.Category), slices.Compare(a.FieldValues, b.FieldValues), cmp.Compare(a.BucketStart, b.BucketStart))
	})
	return sorted
}

func groupOf(q *core.Count, e *entry.Entry) (row core.CountRow) {
	if q.ByLevel {
		row.Level = e.Level
	}
	if q.ByApplication {
		row.Application = e.Application
	}
	if q.ByCategory {
		row.Category = e.Category
	}
	for _, name := range q.ByFields {
		row.FieldValues = append(row.FieldValues, e.Field(name))
	}
	if q.Bucket != 0 {
		row.BucketStart = floor(e.Timestamp, q.Bucket)
	}
	return row
}

func floor(timestamp int64, bucket time.Duration) int64 {
	start := timestamp / int64(bucket) * int64(bucket)
	if start <= timestamp {
		return start
	}
	if start < math.MinInt64+int64(bucket) {
		return math.MinInt64
	}
	return start - int64(bucket)
}
