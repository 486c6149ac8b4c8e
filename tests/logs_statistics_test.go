package tests

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

// logGrouping says how statistics are grouped.
type logGrouping struct {
	level, application, category bool

	fields []string
	bucket time.Duration
}

func (g logGrouping) request(f *logaggv1.LogFilter) *logaggv1.GetLogStatisticsRequest {
	return &logaggv1.GetLogStatisticsRequest{
		Filter: f, ByLevel: g.level, ByApplication: g.application, ByCategory: g.category, ByFields: g.fields,
		BucketDuration: int64(g.bucket),
	}
}

// group is the row that an entry belongs to, with no entries yet.
func (g logGrouping) group(r *logRecord) *logaggv1.LogStatistics {
	row := &logaggv1.LogStatistics{}
	if g.level {
		row.Level = r.GetLevel()
	}
	if g.application {
		row.Application = r.GetApplication()
	}
	if g.category {
		row.Category = r.GetCategory()
	}
	for _, name := range g.fields {
		row.FieldValues = append(row.FieldValues, r.GetFields()[name])
	}
	if g.bucket != 0 {
		row.StartTime = r.GetTimestamp() / int64(g.bucket) * int64(g.bucket)
	}
	return row
}

// sumUp counts what is selected.
func (s indexedLogs) sumUp(f *logaggv1.LogFilter, g logGrouping) (rows []*logaggv1.LogStatistics) {
	for _, r := range s.selected(f) {
		row := g.group(r)
		at, found := slices.BinarySearchFunc(rows, row, compareGroups)
		if !found {
			row.FirstTimestamp, row.LastTimestamp = r.GetTimestamp(), r.GetTimestamp()
			rows = slices.Insert(rows, at, row)
		}
		row = rows[at]
		row.Count++
		row.FirstTimestamp = min(row.GetFirstTimestamp(), r.GetTimestamp())
		row.LastTimestamp = max(row.GetLastTimestamp(), r.GetTimestamp())
	}
	return rows
}

func compareGroups(a, b *logaggv1.LogStatistics) int {
	return cmp.Or(
		cmp.Compare(a.GetLevel(), b.GetLevel()), cmp.Compare(a.GetApplication(), b.GetApplication()),
		cmp.Compare(a.GetCategory(), b.GetCategory()), slices.Compare(a.GetFieldValues(), b.GetFieldValues()),
		cmp.Compare(a.GetStartTime(), b.GetStartTime()),
	)
}

// requireLogStatistics asks for statistics and compares.
func (p logsPeer) requireLogStatistics(ctx context.Context, t tester, want indexedLogs, f *logaggv1.LogFilter, g logGrouping) {
	t.Helper()
	got, err := p.logs.GetLogStatistics(ctx, g.request(f))
	require.NoError(t, err)
	rows := want.sumUp(f, g)
	require.Len(t, got.GetStatistics(), len(rows), "rows of statistics by %+v", g)
	for i, row := range got.GetStatistics() {
		require.True(t, proto.Equal(rows[i], row), "row %d by %+v: want %v, got %v", i, g, rows[i], row)
	}
}
