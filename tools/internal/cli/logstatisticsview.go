package cli

import (
	"strconv"
	"strings"
	"time"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// logStatisticsView counts the entries of a group.
type logStatisticsView struct {
	Level       string            `json:"level,omitempty"`
	Application string            `json:"application,omitempty"`
	Category    string            `json:"category,omitempty"`
	Fields      map[string]string `json:"fields,omitempty"`
	BucketStart string            `json:"bucket_start,omitempty"`
	Count       int64             `json:"count"`
	First       string            `json:"first_timestamp"`
	Last        string            `json:"last_timestamp"`

	of    client.LogStatistics
	query client.LogStatisticsQuery
	// largest count of all rows.
	largest int64
}

func viewLogStatistics(rows []client.LogStatistics, q client.LogStatisticsQuery) []logStatisticsView {
	var largest int64
	for _, s := range rows {
		largest = max(largest, s.Count)
	}
	return mapped(rows, func(s client.LogStatistics) logStatisticsView {
		view := logStatisticsView{
			Application: s.Application, Category: s.Category, Count: s.Count,
			First: stamp(s.First.UnixNano()), Last: stamp(s.Last.UnixNano()), of: s, query: q, largest: largest,
		}
		if q.ByLevel {
			view.Level = s.Level.String()
		}
		if q.Bucket > 0 {
			view.BucketStart = stamp(s.Start.UnixNano())
		}
		for i, name := range q.ByFields {
			if view.Fields == nil {
				view.Fields = map[string]string{}
			}
			view.Fields[name] = s.FieldValues[i]
		}
		return view
	})
}

// logStatisticsColumns has a column for each thing that the query groups by. A
// table has a bar at the end.
func logStatisticsColumns(q client.LogStatisticsQuery, format string) []string {
	var columns []string
	for _, one := range []struct {
		wanted bool
		name   string
	}{{q.ByLevel, "LEVEL"}, {q.ByApplication, "APPLICATION"}, {q.ByCategory, "CATEGORY"}} {
		if one.wanted {
			columns = append(columns, one.name)
		}
	}
	columns = append(columns, mapped(q.ByFields, strings.ToUpper)...)
	if q.Bucket > 0 {
		columns = append(columns, "BUCKET START")
	}
	columns = append(columns, "COUNT")
	if format == "table" {
		columns = append(columns, "")
	}
	return append(columns, "FIRST", "LAST")
}

// group are the cells of what the query groups by.
func (s logStatisticsView) group(at func(time.Time) string, text func(string) string) []string {
	var cells []string
	if s.query.ByLevel {
		cells = append(cells, s.Level)
	}
	if s.query.ByApplication {
		cells = append(cells, text(s.Application))
	}
	if s.query.ByCategory {
		cells = append(cells, text(s.Category))
	}
	cells = append(cells, mapped(s.of.FieldValues, text)...)
	if s.query.Bucket > 0 {
		cells = append(cells, at(s.of.Start))
	}
	return cells
}

func (s logStatisticsView) row(location *time.Location) []string {
	at := func(t time.Time) string { return showStamp(t.UnixNano(), location) }
	return append(s.group(at, human.Text), showCount(s.Count), bar(s.Count, s.largest), at(s.of.First), at(s.of.Last))
}

func (s logStatisticsView) fields() []string {
	at := func(t time.Time) string { return stamp(t.UnixNano()) }
	same := func(text string) string { return text }
	return append(s.group(at, same), strconv.FormatInt(s.Count, 10), s.First, s.Last)
}

// barWidth is that of the longest bar.
const barWidth = 20

// bar draws a count beside the largest one, to an eighth of a character.
func bar(count, largest int64) string {
	eighths := int(float64(count) / float64(max(largest, 1)) * barWidth * 8)
	text := strings.Repeat("█", eighths/8)
	if part := eighths % 8; part > 0 || eighths == 0 {
		text += string([]rune("▏▏▎▍▌▋▊▉")[part])
	}
	return text
}
